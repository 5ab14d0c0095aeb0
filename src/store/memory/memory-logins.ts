import type { IdempotencyEntry } from "../../session/store.ts";
import type { LoginStorage } from "../../vault/logins/login-storage.ts";
import type { Subject } from "../../vault/logout/logout-index.ts";

interface Logout {
  readonly mark: string;
  readonly until: number;
}

export interface MemoryLoginsParts {
  readonly now: () => number;
  readonly findAnswer: (key: Uint8Array) => IdempotencyEntry | undefined;
}

/** What is known of logins, in its most readable form. */
export class MemoryLogins implements LoginStorage {
  readonly #parts: MemoryLoginsParts;
  /** By subject: users, and until when they are noted. */
  readonly #users = new Map<string, Map<string, number>>();
  readonly #logouts = new Map<string, Logout>();
  readonly #claims = new Map<string, number>();

  constructor(parts: MemoryLoginsParts) {
    this.#parts = parts;
  }

  async add(subject: Subject, userId: string, until: number): Promise<void> {
    const users = this.#users.get(nameOf(subject)) ?? new Map<string, number>();
    users.set(userId, Math.max(until, users.get(userId) ?? 0));
    this.#users.set(nameOf(subject), users);
  }

  async logOut(subject: Subject, mark: string, until: number): Promise<readonly string[]> {
    this.#logouts.set(nameOf(subject), { mark, until });
    const users = [...(this.#users.get(nameOf(subject)) ?? [])];
    return users.filter(([, end]) => end > this.#parts.now()).map(([user]) => user);
  }

  async lastLogout(subject: Subject): Promise<string | undefined> {
    const logout = this.#logouts.get(nameOf(subject));
    return logout && logout.until > this.#parts.now() ? logout.mark : undefined;
  }

  async claim(name: string, until: number): Promise<boolean> {
    if (this.#isHeld(name)) return false;
    this.#claims.set(name, until);
    return true;
  }

  async isClaimed(name: string): Promise<boolean> {
    return this.#isHeld(name);
  }

  async release(name: string): Promise<void> {
    this.#claims.delete(name);
  }

  async findAnswer(_: string, key: Uint8Array): Promise<IdempotencyEntry | undefined> {
    return this.#parts.findAnswer(key);
  }

  /** Forgets what was over at `now`. */
  purge(now: number): void {
    for (const [subject, users] of this.#users) {
      for (const [user, until] of users) if (until <= now) users.delete(user);
      if (users.size === 0) this.#users.delete(subject);
    }
    for (const [subject, { until }] of this.#logouts)
      if (until <= now) this.#logouts.delete(subject);
    for (const [name, until] of this.#claims) if (until <= now) this.#claims.delete(name);
  }

  #isHeld(name: string): boolean {
    return (this.#claims.get(name) ?? 0) > this.#parts.now();
  }
}

function nameOf({ issuer, kind, value }: Subject): string {
  return JSON.stringify([issuer, kind, value]);
}

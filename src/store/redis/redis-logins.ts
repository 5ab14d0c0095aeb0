import type { LoginStorage } from "../../vault/logins/login-storage.ts";
import type { Subject } from "../../vault/logout/logout-index.ts";
import type { Keys, LoginKeys } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import { bytesOf, listOf } from "./replies.ts";
import { LOGIN_SCRIPTS } from "./scripts.ts";

export interface RedisLoginsParts {
  readonly link: RedisLink;
  readonly keys: Keys;
  readonly loginKeys: LoginKeys;
}

const FINGERPRINT_BYTES = 32;

/**
 * What is known of logins, each subject and each claim in a slot of its own. All of it expires when it was told to.
 * Commands: one for each method; nothing is repeated whose outcome is unknown.
 */
export class RedisLogins implements LoginStorage {
  readonly #link: RedisLink;
  readonly #keys: Keys;
  readonly #loginKeys: LoginKeys;

  constructor({ link, keys, loginKeys }: RedisLoginsParts) {
    this.#link = link;
    this.#keys = keys;
    this.#loginKeys = loginKeys;
  }

  async add(subject: Subject, userId: string, until: number): Promise<void> {
    const { users } = this.#loginKeys.subject(subject);
    await this.#link.script(LOGIN_SCRIPTS.logoutAdd, [users], [userId, String(until)]);
  }

  async logOut(subject: Subject, mark: string, until: number): Promise<readonly string[]> {
    const { users, logout } = this.#loginKeys.subject(subject);
    const reply = await this.#link.script(
      LOGIN_SCRIPTS.logoutNote,
      [users, logout],
      [mark, String(until)],
    );
    return listOf(reply).flatMap((field, i) => (i % 2 === 0 ? [bytesOf(field).toString()] : []));
  }

  async lastLogout(subject: Subject): Promise<string | undefined> {
    const { logout } = this.#loginKeys.subject(subject);
    const reply = await this.#link.command(logout, ["GET", logout], { isRead: true });
    return reply === null ? undefined : bytesOf(reply).toString();
  }

  async claim(name: string, until: number): Promise<boolean> {
    const key = this.#loginKeys.claim(name);
    const reply = await this.#link.command(key, ["SET", key, "1", "NX", "PXAT", String(until)]);
    return reply !== null;
  }

  async isClaimed(name: string): Promise<boolean> {
    const key = this.#loginKeys.claim(name);
    return (await this.#link.command(key, ["EXISTS", key], { isRead: true })) === 1;
  }

  async release(name: string): Promise<void> {
    const key = this.#loginKeys.claim(name);
    await this.#link.command(key, ["DEL", key]);
  }

  async findAnswer(userId: string, idempotencyKey: Uint8Array) {
    const key = this.#keys.answerOfUser(userId, idempotencyKey);
    const reply = await this.#link.command(key, ["GET", key], { isRead: true });
    if (reply === null) return undefined;
    const kept = bytesOf(reply);
    return {
      fingerprint: kept.subarray(0, FINGERPRINT_BYTES),
      answer: kept.subarray(FINGERPRINT_BYTES),
    };
  }
}

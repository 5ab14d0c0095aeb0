import { hash } from "node:crypto";
import type { Session } from "../../session/session.ts";
import type { LoginStorage } from "../../vault/logins/login-storage.ts";
import type { Subject } from "../../vault/logout/logout-index.ts";
import { knownUntil, subjectsOf } from "../../vault/logout/subjects.ts";
import type { SessionTable } from "./session-table.ts";
import type { Write } from "./write-queue.ts";

/** The store's own way to its tables. */
export interface TableAccess {
  readonly read: <T>(step: (table: SessionTable) => T) => Promise<T>;
  readonly write: <T>(write: Write<T>) => Promise<T>;
}

export interface SqliteLoginsParts extends TableAccess {
  readonly now: () => number;
}

const ROW_BYTES = 512;

/** What is known of logins, in the file of the sessions. */
export class SqliteLogins implements LoginStorage {
  readonly #parts: SqliteLoginsParts;

  constructor(parts: SqliteLoginsParts) {
    this.#parts = parts;
  }

  async add(subject: Subject, userId: string, until: number): Promise<void> {
    const { now, write } = this.#parts;
    const name = nameOf(subject);
    const step = ({ logins }: SessionTable) => logins.add(name, userId, until, now());
    await write({ bytes: ROW_BYTES, step });
  }

  async logOut(subject: Subject, mark: string, until: number): Promise<readonly string[]> {
    const { now, write } = this.#parts;
    const name = nameOf(subject);
    return write({ step: ({ logins }) => logins.logOut(name, mark, until, now()) });
  }

  async lastLogout(subject: Subject): Promise<string | undefined> {
    const { now, read } = this.#parts;
    const name = nameOf(subject);
    return read(({ logins }) => logins.lastLogout(name, now()));
  }

  async claim(name: string, until: number): Promise<boolean> {
    const { now, write } = this.#parts;
    const hashed = hash("sha256", name, "buffer");
    const step = ({ logins }: SessionTable) => logins.claim(hashed, until, now());
    return write({ bytes: ROW_BYTES, step });
  }

  async isClaimed(name: string): Promise<boolean> {
    const { now, read } = this.#parts;
    const hashed = hash("sha256", name, "buffer");
    return read(({ logins }) => logins.isClaimed(hashed, now()));
  }

  async release(name: string): Promise<void> {
    const hashed = hash("sha256", name, "buffer");
    await this.#parts.write({ step: ({ logins }) => logins.release(hashed) });
  }

  async findAnswer(_: string, key: Uint8Array) {
    const { now, read } = this.#parts;
    return read((table) => table.findAnswer(key, now()));
  }
}

/** As noteOrigin (vault/logout/subjects.ts), in the step that inserts the session. */
export function noteOriginIn({ logins }: SessionTable, session: Session, now: number): void {
  for (const subject of subjectsOf(session.origin))
    logins.add(nameOf(subject), session.userId, knownUntil(session), now);
}

function nameOf({ issuer, kind, value }: Subject): Uint8Array {
  return hash("sha256", JSON.stringify([issuer, kind, value]), "buffer");
}

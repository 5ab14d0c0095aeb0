import type { LoginStatements } from "./login-statements.ts";

/** With each write at most this many that are over are dropped, of each kind: there are no more than were written. */
const DROPPED_PER_WRITE = 4;

/** What is known of logins as plain steps on its tables. Subjects and names are hashes. */
export class LoginTable {
  readonly #sql: LoginStatements;

  constructor(statements: LoginStatements) {
    this.#sql = statements;
  }

  add(subject: Uint8Array, userId: string, until: number, now: number): void {
    this.#dropExpired(now);
    this.#sql.addUser.run(subject, userId, until);
  }

  logOut(subject: Uint8Array, mark: string, until: number, now: number): readonly string[] {
    this.#dropExpired(now);
    this.#sql.putLogout.run(subject, mark, until);
    return this.#sql.usersOf.all(subject, now).map(({ userId }) => userId);
  }

  lastLogout(subject: Uint8Array, now: number): string | undefined {
    return this.#sql.lastLogout.get(subject, now)?.mark;
  }

  claim(name: Uint8Array, until: number, now: number): boolean {
    this.#dropExpired(now);
    return this.#sql.claim.run(name, until, now).changes > 0;
  }

  isClaimed(name: Uint8Array, now: number): boolean {
    return this.#sql.isClaimed.get(name, now) !== null;
  }

  release(name: Uint8Array): void {
    this.#sql.release.run(name);
  }

  #dropExpired(now: number): void {
    for (const statement of this.#sql.deleteExpired) statement.run(now, DROPPED_PER_WRITE);
  }
}

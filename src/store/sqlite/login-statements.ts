import type { Database, SQLQueryBindings } from "bun:sqlite";

export type LoginStatements = ReturnType<typeof prepareLoginStatements>;

/** Every statement about logins. */
export function prepareLoginStatements(database: Database) {
  const prepare = <Row, Params extends SQLQueryBindings[] = []>(sql: string) =>
    database.prepare<Row, Params>(sql);
  return {
    addUser: prepare<never, [subject: Uint8Array, userId: string, expiresAt: number]>(
      `INSERT INTO logout_users (subject, user_id, expires_at) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)`,
    ),
    usersOf: prepare<{ userId: string }, [subject: Uint8Array, now: number]>(
      "SELECT user_id AS userId FROM logout_users WHERE subject = ?1 AND expires_at > ?2",
    ),
    putLogout: prepare<never, [subject: Uint8Array, mark: string, expiresAt: number]>(
      "INSERT OR REPLACE INTO logouts (subject, mark, expires_at) VALUES (?1, ?2, ?3)",
    ),
    lastLogout: prepare<{ mark: string }, [subject: Uint8Array, now: number]>(
      "SELECT mark FROM logouts WHERE subject = ?1 AND expires_at > ?2",
    ),
    /** Takes the place of a claim that is over, and of no other. */
    claim: prepare<never, [name: Uint8Array, expiresAt: number, now: number]>(
      `INSERT INTO claims (name, expires_at) VALUES (?1, ?2)
       ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?3`,
    ),
    isClaimed: prepare<never, [name: Uint8Array, now: number]>(
      "SELECT 1 FROM claims WHERE name = ?1 AND expires_at > ?2",
    ),
    release: prepare<never, [name: Uint8Array]>("DELETE FROM claims WHERE name = ?1"),

    deleteExpired: ["logout_users", "logouts", "claims"].map((table) =>
      prepare<never, [now: number, limit: number]>(
        `DELETE FROM ${table} WHERE (${KEYS[table]}) IN
           (SELECT ${KEYS[table]} FROM ${table} WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)`,
      ),
    ),
  };
}

const KEYS: Readonly<Record<string, string>> = {
  logout_users: "subject, user_id",
  logouts: "subject",
  claims: "name",
};

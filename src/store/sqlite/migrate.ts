import type { Database } from "bun:sqlite";
import sessions from "./migrations/0001-sessions.sql" with { type: "text" };
import vault from "./migrations/0002-vault.sql" with { type: "text" };
import logins from "./migrations/0003-logins.sql" with { type: "text" };
import collecting from "./migrations/0004-collecting.sql" with { type: "text" };

/** What turns an empty database into today's, in order. A file that was released is never changed. */
export const MIGRATIONS: readonly string[] = [sessions, vault, logins, collecting];

/** The version of the database: how many migrations it has seen. */
export function versionOf(database: Database): number {
  const row = database.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}

/**
 * Runs what the database has not seen yet, each migration once and in one transaction with the note that it was run:
 * after a crash the next start goes on where this one ended. Throws, changing nothing, when the database was written
 * by a newer version of the service.
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  const version = versionOf(database);
  if (version > migrations.length) {
    throw new Error(
      `The database has version ${version}, this program knows up to ${migrations.length}. ` +
        "Start the newer version of the program again, or restore a backup made before the upgrade.",
    );
  }
  for (const [index, sql] of migrations.entries())
    if (index >= version) runOne(database, sql, index + 1);
}

function runOne(database: Database, sql: string, version: number): void {
  database.run("BEGIN IMMEDIATE");
  try {
    database.run(sql);
    database.run(`PRAGMA user_version = ${version}`);
    database.run("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.run("ROLLBACK");
    throw new Error(`Migration ${version} failed and was undone`, { cause: error });
  }
}

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { MIGRATIONS, migrate, versionOf } from "./migrate.ts";

const FIRST = "CREATE TABLE one (n INTEGER) STRICT; INSERT INTO one VALUES (1);";
const SECOND = "CREATE TABLE two (n INTEGER) STRICT; INSERT INTO two SELECT n FROM one;";
const FAULTY = "CREATE TABLE three (n INTEGER) STRICT; INSERT INTO nowhere VALUES (1);";

describe("migrations", () => {
  test("run in order, and the database knows its version", () => {
    using database = new Database(":memory:");
    migrate(database, [FIRST, SECOND]);
    expect(versionOf(database)).toBe(2);
    expect(database.query("SELECT n FROM two").all()).toEqual([{ n: 1 }]);
  });

  test("run once each: what was added later goes on from there", () => {
    using database = new Database(":memory:");
    migrate(database, [FIRST]);
    migrate(database, [FIRST]);
    migrate(database, [FIRST, SECOND]);
    expect(database.query("SELECT n FROM one").all()).toEqual([{ n: 1 }]);
    expect(versionOf(database)).toBe(2);
  });

  test("are undone whole when they fail, and those before them stay", () => {
    using database = new Database(":memory:");
    expect(() => migrate(database, [FIRST, FAULTY])).toThrow("Migration 2 failed and was undone");
    expect(versionOf(database)).toBe(1);
    expect(database.query("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "one" }]);
  });

  test("refuse a database of a newer version and say what to do", () => {
    using database = new Database(":memory:");
    migrate(database, [FIRST, SECOND]);
    expect(() => migrate(database, [FIRST])).toThrow(
      "The database has version 2, this program knows up to 1. Start the newer version",
    );
    expect(versionOf(database)).toBe(2);
  });

  test("of today make strict tables only", () => {
    using database = new Database(":memory:");
    migrate(database);
    expect(versionOf(database)).toBe(MIGRATIONS.length);
    const tables = database
      .query<{ name: string; strict: number }, []>(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(tables.map(({ name }) => name).toSorted()).toEqual([
      "answers",
      "claims",
      "logout_users",
      "logouts",
      "revocations",
      "sessions",
    ]);
    for (const { strict } of tables) expect(strict).toBe(1);
  });
});

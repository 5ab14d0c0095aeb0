import { Database } from "bun:sqlite";

/** Creates on SQLite the plain way: one row, one commit to the disk, one after the other. Prints how many in a second. */
const [file = "", seconds = "1", bytes = "2000"] = process.argv.slice(2);
const database = new Database(file, { create: true, strict: true });
database.run("PRAGMA journal_mode = WAL");
database.run("PRAGMA synchronous = FULL");
database.run("CREATE TABLE session (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT");
const insert = database.query("INSERT INTO session VALUES ($id, $body)");
const body = new Uint8Array(Number(bytes));

let inserted = 0;
const startedAt = performance.now();
const endsAt = startedAt + Number(seconds) * 1000;
while (performance.now() < endsAt) {
  insert.run({ id: crypto.randomUUID(), body });
  inserted += 1;
}
process.stdout.write(`${(inserted * 1000) / (performance.now() - startedAt)}\n`);

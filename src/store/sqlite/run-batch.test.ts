import { describe, expect, test } from "bun:test";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { aSession } from "../../../test/support/sessions.ts";
import { Ballast } from "./ballast.ts";
import { Checkpoints } from "./checkpoints.ts";
import { ConnectionKeeper } from "./connection-keeper.ts";
import { Connection } from "./connection.ts";
import { runBatch } from "./run-batch.ts";
import type { SessionTable } from "./session-table.ts";
import { FileIdentity } from "./file-identity.ts";
import { WriteQueue } from "./write-queue.ts";

const BODY = Buffer.from("body");

describe("a step after which SQLite gives the whole transaction up", () => {
  test("leaves nothing of its neighbours either, and names itself", async () => {
    await using folder = new SqliteFolder();
    const connection = await connect(folder);
    const session = aSession();
    const result = runBatch(connection, [inserting(session), givingUp(() => connection)]);
    expect(result).toMatchObject({ outcome: "lost", index: 1 });
    expect(connection.inTransaction).toBe(false);
    expect(connection.table.find(session.id)).toBeUndefined();
    connection.close();
  });

  test("fails alone: its neighbours are written on a new connection", async () => {
    await using folder = new SqliteFolder();
    const { queue, connections } = await open(folder);
    const [first, last] = [aSession(), aSession()];
    const faulty = connections.current;
    const [before, lost, after] = await Promise.allSettled([
      queue.submit({ bytes: 1, step: inserting(first) }),
      queue.submit({ step: givingUp(() => connections.current) }),
      queue.submit({ bytes: 1, step: inserting(last) }),
    ]);
    expect(before).toMatchObject({ value: { outcome: "inserted" } });
    expect(lost).toMatchObject({ status: "rejected", reason: new Error("given up") });
    expect(after).toMatchObject({ value: { outcome: "inserted" } });
    expect(connections.current).not.toBe(faulty);
    for (const { id } of [first, last])
      expect(connections.current.table.find(id)).toMatchObject({ head: { id } });
    connections.close();
  });
});

function inserting(session: ReturnType<typeof aSession>) {
  const options = { cap: 100, replaceDevice: false };
  return (table: SessionTable) => table.insert(session, BODY, options, Date.now());
}

/** Does what SQLite does after an I/O error inside a statement. */
function givingUp(connection: () => Connection) {
  return () => {
    connection().statements.rollback.run();
    throw new Error("given up");
  };
}

async function connect(folder: SqliteFolder): Promise<Connection> {
  await (await folder.open()).close();
  return new Connection(folder.path, []);
}

async function open(folder: SqliteFolder) {
  const first = await connect(folder);
  first.close();
  const log = (message: string) => void folder.logged.push(message);
  const connections = new ConnectionKeeper(() => new Connection(folder.path, []), log);
  const ballast = new Ballast({ path: folder.path, now: Date.now, log });
  const checkpoints = new Checkpoints({ connections, ballast, log });
  const file = new FileIdentity(folder.path);
  const queue = new WriteQueue({ connections, ballast, file, checkpoints, deadlineMs: 2000 });
  return { queue, connections };
}

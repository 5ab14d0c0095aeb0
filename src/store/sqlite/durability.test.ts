import { expect, test } from "bun:test";
import { size } from "../../../test/support/size.ts";
import { SqliteFolder } from "../../../test/support/sqlite-folder.ts";
import { SqliteProcess } from "../../../test/support/sqlite-process.ts";
import type { SessionId } from "../../session/id.ts";

const WRITERS = 16;

/** What the killed process was asked and what it answered, by session. */
interface Ledger {
  readonly created: Set<string>;
  readonly closed: Set<string>;
  /** Asked to close, not answered: may be there or not. */
  readonly inDoubt: Set<string>;
  /** The token of the last answered update. */
  readonly updated: Map<string, string>;
}

test("what was answered before kill -9 is there afterwards, and what was closed is not", async () => {
  await using folder = new SqliteFolder();
  for (let round = 0; round < size(2, 20); round++) {
    const ledger = await writeUntilKilled(folder, size(60, 600) + round * 7);
    const store = await folder.open();
    for (const id of ledger.created) {
      if (ledger.inDoubt.has(id)) continue;
      const session = await store.find(id as SessionId);
      expect(session !== undefined).toBe(!ledger.closed.has(id));
      const token = ledger.updated.get(id);
      if (session && token) expect(session.attributes.accessToken).toBe(token);
    }
    await store.deleteByUser("user007");
    await store.close();
  }
}, 120_000);

/** Lets `WRITERS` users create, update and close sessions, and kills the process after `answers` creates. */
async function writeUntilKilled(folder: SqliteFolder, answers: number): Promise<Ledger> {
  await using service = await SqliteProcess.start(folder.path, folder.key);
  const ledger: Ledger = {
    created: new Set(),
    closed: new Set(),
    inDoubt: new Set(),
    updated: new Map(),
  };
  const write = async (writer: number) => {
    for (let n = 0; ; n++) {
      await writeOne(service, ledger, writer + n);
      if (ledger.created.size >= answers) await service.kill();
    }
  };
  await Promise.allSettled(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  expect(ledger.created.size).toBeGreaterThanOrEqual(answers);
  expect(ledger.closed.size).toBeGreaterThan(0);
  return ledger;
}

async function writeOne(service: SqliteProcess, ledger: Ledger, n: number): Promise<void> {
  const id = (await service.call("insert", "user007", "first")) as string;
  ledger.created.add(id);
  if (n % 3 === 0) {
    ledger.inDoubt.add(id);
    expect(await service.call("delete", id)).toBe(true);
    ledger.inDoubt.delete(id);
    ledger.closed.add(id);
  } else if (n % 3 === 1) {
    ledger.inDoubt.add(id);
    expect(await service.call("replace", id, "second")).toBe("replaced");
    ledger.inDoubt.delete(id);
    ledger.updated.set(id, "second");
  }
}

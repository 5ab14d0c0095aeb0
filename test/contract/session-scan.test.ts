import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KEY_BYTES } from "../../src/seal/key-ring.ts";
import { pagesOf } from "../../src/store/session-scan.ts";
import { SqliteScan } from "../../src/store/sqlite/sqlite-scan.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession } from "../support/sessions.ts";
import { documentText } from "../support/source-files.ts";
import { SqliteFolder } from "../support/sqlite-folder.ts";
import { redisScannable } from "./redis-scannable.ts";
import { describeScan } from "./topics/scan.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

const FREE = { cap: 100, replaceDevice: false };

describeScan("Redis standalone", () => redisScannable(server.url));

describeScan("SQLite that is in use", async () => {
  const folder = new SqliteFolder();
  const store = await folder.open();
  const scanOf = (encryptionKeys: readonly Uint8Array[]) =>
    new SqliteScan(folder.path, { encryptionKeys, isSnapshot: false });
  const scan = scanOf([folder.key]);
  return {
    store,
    scan,
    rotated: async () => scanOf([randomBytes(KEY_BYTES), folder.key]),
    keyless: async () => scanOf([randomBytes(KEY_BYTES)]),
    [Symbol.asyncDispose]: async () => {
      await scan.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});

test("a snapshot of SQLite shows what was there at the first page, whatever is done meanwhile", async () => {
  await using folder = new SqliteFolder();
  const store = await folder.open();
  const kept = aSession();
  await store.insert(kept, FREE);
  const scan = new SqliteScan(folder.path, { encryptionKeys: [folder.key], isSnapshot: true });
  const first = await scan.page(undefined, 10);
  await store.insert(aSession(), FREE);
  expect(first.found).toHaveLength(1);
  expect((await scan.page(undefined, 10)).found).toEqual(first.found);
  await scan.close();
});

describe("the index of a user on Redis", () => {
  test("that lost a session, or holds one that is gone or differs, is told", async () => {
    await using opened = await redisScannable(server.url);
    const [lost, gone, differs] = [aSession(), aSession(), aSession()];
    for (const session of [lost, gone, differs]) await opened.store.insert(session, FREE);
    const keys = ((await server.command("KEYS", "scan*")) as string[]).filter((key) =>
      key.endsWith(gone.id),
    );
    const [record = ""] = keys;
    const index = await indexBeside(record);
    await server.command("DEL", record);
    for (const [session, value] of [
      [lost, undefined],
      [differs, "0".repeat(40)],
    ] as const)
      await inIndex(index, session.id, value);
    expect((await Array.fromAsync(opened.scan.indexFaults())).toSorted()).toEqual(
      [
        `session ${lost.id} is not listed: it is missing in its user's index`,
        `session ${gone.id} is listed, but it is gone`,
        `session ${differs.id} is listed with other times or another device than it has`,
      ].toSorted(),
    );
  });
});

describe("a user limited as docs/redis.md says for the commands that read everything", () => {
  test("can read everything, and needs each of the commands named for it", async () => {
    const text = (await documentText("docs/redis.md")) ?? "";
    const lines = [...text.matchAll(/^ACL SETUSER sm (.*)$/gm)].map(([, line = ""]) => line);
    const [basic = ""] = lines;
    const more = lines.find((line) => line.includes("+scan"))?.split(" ") ?? [];
    expect(more).toContain("+scan");
    const rules = [...basic.replace("<password>", "secret").split(" "), ...more];
    await server.command("ACL", "SETUSER", "reader", "on", ...rules, "~scan*");
    const url = `redis://reader:secret@127.0.0.1:${server.port}`;
    await using opened = await redisScannable(url);
    await opened.store.insert(aSession(), FREE);
    const readAll = async () => {
      await opened.scan.estimate();
      await Array.fromAsync(pagesOf(opened.scan));
      return Array.fromAsync(opened.scan.indexFaults());
    };
    expect(await readAll()).toEqual([]);
    for (const command of more) {
      await server.command("ACL", "SETUSER", "reader", command.replace("+", "-"));
      expect(await readAll().catch((error: unknown) => String(error))).toContain("NOPERM");
      await server.command("ACL", "SETUSER", "reader", command);
    }
  });
});

async function indexBeside(record: string): Promise<string> {
  const bucket = record.slice(0, record.indexOf("}") + 1);
  const keys = (await server.command("KEYS", `${bucket}:u:*`)) as string[];
  return keys[0] ?? "";
}

/** Changes the entry of a session behind the store's back; undefined removes it. */
async function inIndex(index: string, id: string, value: string | undefined): Promise<void> {
  const hex = id.replaceAll("-", "");
  const field = `(ARGV[1]:gsub('..', function(h) return string.char(tonumber(h, 16)) end))`;
  const change =
    value === undefined
      ? `return redis.call('HDEL', KEYS[1], ${field})`
      : `return redis.call('HSET', KEYS[1], ${field}, ARGV[2])`;
  await server.command("EVAL", change, "1", index, hex, value ?? "");
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { REVOCATION_SCRIPTS, SCRIPTS } from "../../src/store/redis/scripts.ts";
import { commandsIn, readLuaScript } from "../support/lua-script.ts";
import { KEYS, PREFIX } from "../support/redis-data.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession, anExpiredSession, nextOf } from "../support/sessions.ts";
import { until } from "../support/until.ts";

const ROOM = { cap: 100, replaceDevice: false };
const document = await Bun.file(join(import.meta.dir, "../../docs/redis.md")).text();
const [rules = "", clusterRules = ""] = [...document.matchAll(/^ACL SETUSER sm (.*)$/gm)].map(
  ([, line = ""]) => line.replace("<password>", "secret"),
);
const allowed = rules.match(/\+\S+/g) ?? [];

describe("a user limited as docs/redis.md says", () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer({ users: [`sm ${rules}`] });
  });
  afterAll(() => server.stop());

  test("can do all that the service does, and is refused nothing", async () => {
    await server.command("ACL", "LOG", "RESET");
    expect(await refusalsOfEverything(server, `redis://sm:secret@127.0.0.1:${server.port}`)).toBe(
      0,
    );
    expect(await server.command("ACL", "LOG")).toEqual([]);
  });

  test("sees no key of another prefix and no command outside the list", async () => {
    const { id } = aSession();
    const foreign = KEYS.record(id).replace(PREFIX, "other");
    expect(await dryRun(server, "GET", KEYS.record(id))).toBe("OK");
    for (const refused of [
      ["GET", foreign],
      ["FLUSHALL"],
      ["KEYS", "*"],
      ["CONFIG", "SET", "dir", "/"],
      ["SCRIPT", "FLUSH"],
    ])
      expect(await dryRun(server, ...refused)).toContain("no permissions");
  });

  test("has every command that the scripts call", () => {
    const called = Object.values({ ...SCRIPTS, ...REVOCATION_SCRIPTS }).flatMap(({ source }) => [
      ...commandsIn(readLuaScript(source).body),
    ]);
    for (const command of called) expect(allowed).toContain(`+${command.toLowerCase()}`);
  });

  // Without +ping or +wait nothing fails here: there is no replica, and a refused ping is a sign of life too.
  for (const command of allowed.filter((rule) => !/^\+(?:ping|wait)$/.test(rule)))
    test(`needs ${command}`, async () => {
      await server.command("ACL", "SETUSER", "sm", command.replace("+", "-"));
      try {
        const url = `redis://sm:secret@127.0.0.1:${server.port}`;
        expect(await refusalsOfEverything(server, url)).toBeGreaterThan(0);
      } finally {
        await server.command("ACL", "SETUSER", "sm", command);
      }
    });
});

test("a user limited as docs/redis.md says for Cluster can do all that the service does", async () => {
  await using node = await startRedisServer({
    users: [`sm ${rules} ${clusterRules}`],
    config: ["cluster-enabled yes"],
  });
  await node.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  const isWhole = async () =>
    String(await node.command("CLUSTER", "INFO")).includes("cluster_state:ok");
  await until(isWhole, { what: "the cluster is whole", withinMs: 10_000 });
  await node.command("ACL", "LOG", "RESET");
  const url = `redis+cluster://sm:secret@127.0.0.1:${node.port}`;
  expect(await refusalsOfEverything(node, url)).toBe(0);
  expect(await node.command("ACL", "LOG")).toEqual([]);
});

async function dryRun(server: RedisServer, ...command: readonly string[]): Promise<string> {
  return String(await server.command("ACL", "DRYRUN", "sm", ...command));
}

function loginUses({ logins }: RedisStore): readonly (() => Promise<unknown>)[] {
  const subject = { issuer: "main", kind: "sid", value: "login" } as const;
  const later = Date.now() + 60_000;
  return [
    () => logins.add(subject, "user006", 1),
    () => logins.add(subject, "user007", later),
    () => logins.logOut(subject, "mark", later),
    () => logins.lastLogout(subject),
    () => logins.claim("name", later),
    () => logins.isClaimed("name"),
    () => logins.release("name"),
    () => logins.findAnswer("user007", randomBytes(32)),
  ];
}

/** Does everything that the service does, and counts what failed or was warned of for want of a permission. */
async function refusalsOfEverything(server: RedisServer, url: string): Promise<number> {
  const options = { deadlineMs: 2000, closeAck: "replicated", onEvent: () => {} } as const;
  const link = await openRedisLink(url, options);
  const store = new RedisStore(link, { keyRing: new KeyRing([]), prefix: PREFIX });
  await server.command("SCRIPT", "FLUSH");
  let refusals = 0;
  const step = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call();
    } catch {
      refusals++;
      return undefined;
    }
  };
  const kept = { key: randomBytes(32), fingerprint: randomBytes(32), answer: randomBytes(40) };
  const idempotency = { ...kept, expiresAt: Date.now() + 60_000 };
  const [first, second] = [aSession({ idleSeconds: 600 }), aSession({ idleSeconds: 600 })];
  await step(() => store.insert(anExpiredSession(), ROOM));
  await step(() => store.insert(first, { ...ROOM, idempotency }));
  await step(() => store.insert(second, ROOM));
  await step(() => store.find(first.id));
  await step(() => store.touch(first, first.lastUsedAt + 5000));
  await server.command("DEL", KEYS.index("user007"));
  await step(() => store.replace(nextOf(first), first.version));
  await step(() => store.listByUser("user007"));
  await step(() => store.delete(first.id));
  await step(() => store.deleteByUser("user007"));
  await step(() => store.revocations.add(first, Date.now()));
  const claimed = await step(() =>
    store.revocations.claim(store.revocations.bucketOf(first.id), {
      limit: 1,
      forMs: 1000,
      now: Date.now(),
    }),
  );
  for (const revocation of claimed ?? []) {
    await step(() => store.revocations.postpone(revocation, Date.now()));
    await step(() => store.revocations.done(revocation));
  }
  await step(() => store.revocations.maySweep("one", 1000));
  for (const use of loginUses(store)) await step(use);
  const status = await step(() => store.ping());
  const warned = status?.warnings.filter((warning) => warning.includes("does not let")) ?? [];
  await store.close();
  await server.command("FLUSHALL");
  return refusals + warned.length;
}

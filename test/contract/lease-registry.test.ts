import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { AnnounceReply, LeaseLink, RenewRequest } from "../../src/cache/lease-transport.ts";
import { LeaseKeys } from "../../src/store/redis/keys.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisLeases } from "../../src/store/redis/redis-leases.ts";
import { ALL_RULES, Server } from "../simulation/server.ts";
import { World } from "../simulation/world.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(size(60_000, 300_000));

const KEYS = new LeaseKeys("sm", 0);
const NAMES = ["p0", "p1", "p2"] as const;
const MS = 5000;
const BUCKET = "abc";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
});

test("the registry in Redis answers as the simulated one does, whatever is asked in whatever order", async () => {
  await using both = await openBoth();
  const world = new World(7);
  for (let step = 0; step < size(400, 5000); step++) {
    const process = world.pick(NAMES);
    const kind = world.random();
    if (kind < 0.5) await both.renew(process, world);
    else if (kind < 0.9) await both.announce(process, `text ${step}`);
    else if (kind < 0.96) await both.leave(process);
    else await both.flush();
  }
});

test("a registry that a server before its restart filled begins a new generation, cold", async () => {
  await using kept = await startRedisServer({ appendOnly: true });
  const link = await openRedisLink(kept.url, OPTIONS);
  const leases = leasesOn(link);
  const first = await leases.announce("p0", "", BUCKET);
  const again = await leases.announce("p0", "", BUCKET);
  await kept.restart();
  const after = await leases.announce("p0", "", BUCKET);
  expect(again).toMatchObject({ generation: first.generation, seq: 2 });
  expect(after).toMatchObject({ seq: 3, warm: [] });
  expect(after.generation.name).not.toBe(first.generation.name);
  await link.close();
});

describe("the first generation of a server that was just started", () => {
  const first = { count: 1, holds: true, evict: [], warm: [] };

  test("is warm at once: nobody can hold a lease from before", async () => {
    await using fresh = await startRedisServer();
    await using process = await aProcess(fresh);
    expect(await process.renew(first)).toMatchObject({ isWarm: true });
  });

  test("is cold when there are sessions already", async () => {
    await using fresh = await startRedisServer();
    await fresh.command("SET", "sm:{000}:s:x", "a session");
    await using process = await aProcess(fresh);
    expect(await process.renew(first)).toMatchObject({ isWarm: false });
  });

  test("is cold when another has subscribed, though all was deleted since", async () => {
    await using fresh = await startRedisServer();
    await using other = await aProcess(fresh);
    await other.renew(first);
    await fresh.command("FLUSHALL");
    await using process = await aProcess(fresh);
    expect(await process.renew(first)).toMatchObject({ isWarm: false });
  });
});

test("a link is lost when the connection that commands use was replaced", async () => {
  await using kept = await startRedisServer();
  const link = await openRedisLink(kept.url, OPTIONS);
  let lost = "";
  const listener = {
    announced: () => {},
    acknowledged: () => {},
    lost: (reason: string) => void (lost = reason),
  };
  await leasesOn(link).open("p0", listener, MS);
  await kept.command("CLIENT", "KILL", "TYPE", "normal").catch(() => {});
  await until(() => lost !== "", { what: "it is lost", withinMs: MS });
  expect(lost).toContain("another connection");
  await link.close();
});

test("one that holds no lease is no member, and is struck off if it was one", async () => {
  await using kept = await startRedisServer();
  await using process = await aProcess(kept);
  const renewal = { count: 1, holds: true, evict: [], warm: [] };
  const members = async () => (await process.leases.announce("p1", "", BUCKET)).members;
  await process.renew(renewal);
  expect(await members()).toEqual([{ process: "p0", count: 1 }]);
  await process.renew({ ...renewal, holds: false });
  expect(await members()).toEqual([]);
});

test("announcements arrive before the replies of renewals that were asked for later, in one order", async () => {
  const link = await openRedisLink(redis.url, OPTIONS);
  const leases = leasesOn(link);
  let seen = 0;
  const listener = {
    announced: ({ seq }: { seq: number }) => void (seen = seq),
    acknowledged: () => {},
    lost: () => {},
  };
  const subscribed = await leases.open("p0", listener, MS);
  // Of tests before this one.
  ({ seq: seen } = await subscribed.renew({ count: 0, holds: true, evict: [], warm: [] }, MS));
  const announcing = Promise.all(
    Array.from({ length: size(300, 5000) }, () => leases.announce("p1", "text", BUCKET)),
  );
  let overtaken = 0;
  for (let count = 1; count <= size(300, 5000); count++) {
    const { seq } = await subscribed.renew({ count, holds: true, evict: [], warm: [] }, MS);
    if (seen < seq) overtaken += 1;
  }
  await announcing;
  expect(overtaken).toBe(0);
  subscribed.close();
  await link.close();
});

const OPTIONS = { deadlineMs: MS, closeAck: "primary", onEvent: () => {} } as const;

function leasesOn(link: RedisLink): RedisLeases {
  return new RedisLeases(link, { keys: KEYS, topology: "standalone", randomBytes });
}

/** A process that listens; it has not renewed yet. */
async function aProcess(server: RedisServer) {
  const link = await openRedisLink(server.url, OPTIONS);
  const leases = leasesOn(link);
  const listener = { announced: () => {}, acknowledged: () => {}, lost: () => {} };
  const opened = await leases.open("p0", listener, MS);
  return {
    leases,
    renew: (request: RenewRequest) => opened.renew(request, MS),
    [Symbol.asyncDispose]: async () => {
      opened.close();
      await link.close();
    },
  };
}

type Reply = Pick<AnnounceReply, "generation"> & Partial<Pick<AnnounceReply, "warm">>;

/** The real registry and the simulated one, asked the same; throws when they answer differently. */
async function openBoth() {
  await redis.command("FLUSHALL");
  const link = await openRedisLink(redis.url, OPTIONS);
  const leases = leasesOn(link);
  const simulated = new Server(new World(1), ALL_RULES);
  const listener = { announced: () => {}, acknowledged: () => {}, lost: () => {} };
  const links = new Map<string, LeaseLink>();
  for (const name of NAMES) links.set(name, await leases.open(name, listener, MS));
  const linkOf = (name: string): LeaseLink => links.get(name) ?? expect.unreachable("no such link");
  const generations = new Map<string, string>();
  const counts = new Map<string, number>();
  let nonces = 0;
  const expectSame = (real: Reply, other: Reply): void => {
    const { name } = real.generation;
    if (!generations.has(name)) generations.set(name, other.generation.name);
    const translated = (each: string) => generations.get(each) ?? each;
    const generation = { ...real.generation, name: translated(name) };
    const warm = real.warm === undefined ? {} : { warm: real.warm.map(translated) };
    expect({ ...real, ...warm, generation }).toEqual({ ...other });
  };
  return {
    renew: async (process: string, world: World) => {
      const count = (counts.get(process) ?? 0) + 1;
      counts.set(process, count);
      const of = world.pick(NAMES);
      const struck = { process: of, count: (counts.get(of) ?? 0) - world.pick([0, 0, 1]) };
      const evict = world.chance(0.3) ? [struck] : [];
      const current = [...generations].at(-1);
      const isWarm = current !== undefined && world.chance(0.3);
      const holds = world.chance(0.8);
      const real = { count, holds, evict, warm: isWarm ? [current[0]] : [] };
      const other = { count, holds, evict, warm: isWarm ? [current[1]] : [] };
      const answer = await linkOf(process).renew(real, MS);
      expectSame(answer, simulated.renew(process, `n${nonces++}`, other));
    },
    announce: async (process: string, text: string) => {
      const real = await leases.announce(process, text, BUCKET);
      const other = { ...simulated.announce(process, `n${nonces++}`, text), server: undefined };
      expectSame({ ...real, ...inOrder(real) }, { ...other, ...inOrder(other) });
    },
    leave: async (process: string) => {
      await linkOf(process).leave();
      simulated.leave(process);
    },
    flush: async () => {
      await redis.command("DEL", KEYS.registry);
      simulated.flush();
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of links.values()) each.close();
      await link.close();
    },
  };
}

function inOrder({ members }: { members: readonly { process: string; count: number }[] }) {
  return { members: members.toSorted((a, b) => (a.process < b.process ? -1 : 1)) };
}

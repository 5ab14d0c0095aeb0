import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Announcement, Announcing } from "../../src/cache/lease-transport.ts";
import { KeyRing } from "../../src/seal/key-ring.ts";
import type { Session } from "../../src/session/session.ts";
import { LeaseKeys } from "../../src/store/redis/keys.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisLeases } from "../../src/store/redis/redis-leases.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { isThere, KEYS, PREFIX } from "../support/redis-data.ts";
import { RedisMonitor } from "../support/redis-monitor.ts";
import { startNode } from "../support/redis-cluster-node.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { aSession } from "../support/sessions.ts";
import { until } from "../support/until.ts";

const TEXTS = { done: "it was there", undone: "it was not" };
const ROOM = { cap: 100, replaceDevice: false };
const MS = 5000;

describe("a delete that takes its announcement along", () => {
  let server: RedisServer;
  let process: Process;

  beforeAll(async () => {
    server = await startRedisServer({
      users: ["mute on >secret ~* &* +@all -publish"],
    });
    process = await openOn(server.url);
  });
  afterAll(async () => {
    await process.close();
    await server.stop();
  });
  afterEach(async () => {
    await server.command("SCRIPT", "FLUSH");
  });

  test("is one command, and heard under the number that the reply says", async () => {
    const session = await process.insert();
    await process.delete(session);
    const monitor = await RedisMonitor.open(server);
    const other = await process.insert();
    let told: Announcing | undefined;
    const seen = await monitor.during(async () => void (told = await process.delete(other)));
    monitor.close();
    expect(seen.filter(({ isFromScript }) => !isFromScript)).toHaveLength(1);
    expect(told).toMatchObject({ isTold: true });
    const announcement = await process.heard(told?.reply?.seq);
    const generation = told?.reply?.generation.name ?? expect.unreachable("no generation");
    expect(announcement).toMatchObject({ from: "p1", text: TEXTS.done, generation });
    expect(told?.reply?.members).toEqual([{ process: "p0", count: 1 }]);
  });

  test("says so when there was nothing to delete", async () => {
    const told = await process.delete(aSession());
    expect((await process.heard(told.reply?.seq)).text).toBe(TEXTS.undone);
  });

  test("counts on with what is announced by itself", async () => {
    const { seq } = await process.leases.announce("p1", "before", "abc");
    const told = await process.delete(await process.insert());
    expect(told.reply?.seq).toBe(seq + 1);
    expect((await process.leases.announce("p1", "after", "abc")).seq).toBe(seq + 2);
  });

  test("is announced once when the server does not know the script", async () => {
    const { seq } = await process.leases.announce("p1", "before", "abc");
    await server.command("SCRIPT", "FLUSH");
    const told = await process.delete(await process.insert());
    expect(told.reply?.seq).toBe(seq + 1);
  });

  test("is done all the same when the announcement is refused", async () => {
    const mute = await openOn(`redis://mute:secret@127.0.0.1:${server.port}`);
    const session = await mute.insert();
    const told = await mute.delete(session);
    expect(told).toMatchObject({ isTold: false, reply: undefined });
    expect(await isThere(server, KEYS.record(session.id))).toBe(false);
    await mute.close();
  });

  test("is neither done nor announced by a server that refuses writes", async () => {
    const session = await process.insert();
    const { seq } = await process.leases.announce("p1", "before", "abc");
    await server.command("CONFIG", "SET", "min-replicas-to-write", "1");
    const refused = await process.delete(session).catch((error: unknown) => error);
    await server.command("CONFIG", "SET", "min-replicas-to-write", "0");
    expect(refused).toMatchObject({ outcome: "none" });
    expect(await isThere(server, KEYS.record(session.id))).toBe(true);
    expect((await process.leases.announce("p1", "after", "abc")).seq).toBe(seq + 1);
  });
});

test("a server that wants all keys of a script in one slot is told of a delete after it", async () => {
  await using server = await startNode({});
  await server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await until(
    async () => /cluster_state:ok/.test(String(await server.command("CLUSTER", "INFO"))),
    {
      what: "the cluster is whole",
      withinMs: MS,
    },
  );
  const process = await openOn(server.url);
  for (let round = 0; round < 2; round++) {
    const session = await process.insert();
    expect(await process.delete(session)).toMatchObject({ isTold: false });
    expect(await isThere(server, KEYS.record(session.id))).toBe(false);
  }
  await process.close();
});

type Process = Awaited<ReturnType<typeof openOn>>;

/** A process of the name p1, beside a member p0 that hears what is announced. */
async function openOn(url: string) {
  const link = await openRedisLink(url, { deadlineMs: MS, closeAck: "primary", onEvent: () => {} });
  const keys = new LeaseKeys(PREFIX, 0);
  const leases = new RedisLeases(link, { keys, topology: "standalone", randomBytes });
  const store = new RedisStore(link, { keyRing: new KeyRing([]), prefix: PREFIX });
  const heard: Announcement[] = [];
  const listener = {
    announced: (announcement: Announcement) => void heard.push(announcement),
    acknowledged: () => {},
    lost: () => {},
  };
  const listening = await leases.open("p0", listener, MS);
  await listening.renew({ count: 1, holds: true, evict: [], warm: [] }, MS);
  return {
    leases,
    insert: async () => {
      const session = aSession();
      await store.insert(session, ROOM);
      return session;
    },
    delete: async ({ id }: Session): Promise<Announcing> => {
      const telling = leases.announcing("p1", TEXTS) ?? expect.unreachable("not in one step");
      await store.delete(id, { telling });
      return telling;
    },
    heard: async (seq: number | undefined): Promise<Announcement> => {
      const isIt = (announcement: Announcement) => announcement.seq === seq;
      await until(() => heard.some(isIt), { what: `number ${seq} is heard`, withinMs: MS });
      expect(heard.filter(isIt)).toHaveLength(1);
      return heard.find(isIt) ?? expect.unreachable("just heard");
    },
    close: async () => {
      listening.close();
      await link.close();
    },
  };
}

import { test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Announcement } from "../../src/cache/lease-transport.ts";
import { LeaseKeys } from "../../src/store/redis/keys.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisLeases } from "../../src/store/redis/redis-leases.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

const MS = 5000;
const BUCKET = "abc";

test("what is heard while a link opens, and when it ends, is acknowledged", async () => {
  await using fresh = await startRedisServer();
  const [{ leases, link }, { leases: announcing, link: another }] = [
    await leasesOn(fresh.url),
    await leasesOn(fresh.url),
  ];
  const heard = new Set<number>();
  const acknowledged = new Set<number>();
  const waiting = await announcing.open(
    "p1",
    { announced: () => {}, acknowledged: ({ seq }) => void acknowledged.add(seq), lost: () => {} },
    MS,
  );
  const listener = {
    announced: ({ from, generation, seq }: Announcement) => {
      heard.add(seq);
      leases.acknowledge(from, { process: "p0", generation, seq });
    },
    acknowledged: () => {},
    lost: () => {},
  };
  const done = new AbortController();
  const announcements = Array.from({ length: 20 }, async () => {
    while (!done.signal.aborted) await announcing.announce("p1", "", BUCKET);
  });
  for (let round = 0; round < 20; round++) {
    const heardBefore = heard.size;
    const opened = await leases.open("p0", listener, MS);
    await until(() => heard.size > heardBefore, { what: "it hears", withinMs: MS });
    opened.close();
  }
  done.abort();
  await Promise.all(announcements);
  await until(() => acknowledged.size > 0 && heard.difference(acknowledged).size === 0, {
    what: "all that was heard is acknowledged",
    withinMs: 2000,
  });
  waiting.close();
  await link.close();
  await another.close();
});

async function leasesOn(url: string) {
  const link = await openRedisLink(url, { deadlineMs: MS, closeAck: "primary", onEvent: () => {} });
  const keys = new LeaseKeys("sm", 0);
  return { link, leases: new RedisLeases(link, { keys, topology: "standalone", randomBytes }) };
}

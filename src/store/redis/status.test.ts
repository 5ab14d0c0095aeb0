import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type RedisClusterSet, startRedisCluster } from "../../../test/support/redis-cluster.ts";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import { until } from "../../../test/support/until.ts";
import { openRedisLink } from "./open-link.ts";

const OPTIONS = { deadlineMs: 500, closeAck: "primary", onEvent: () => {} } as const;

describe("the status of one server", () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer({ appendOnly: true });
  });
  afterAll(async () => await server.stop());

  async function warnings(closeAck: "primary" | "replicated" = "primary") {
    const link = await openRedisLink(server.url, { ...OPTIONS, closeAck });
    const status = await link.status();
    await link.close();
    return status.warnings;
  }

  test("says nothing about one that keeps its data", async () => {
    expect(await warnings()).toEqual([]);
  });

  test("names each setting that could lose sessions or closes, with its mend", async () => {
    const bad = [
      ["appendfsync", "no"],
      ["save", "3600 1"],
      ["maxmemory-policy", "allkeys-lru"],
    ] as const;
    const before = await Promise.all(
      bad.map(async ([name]) => await server.command("CONFIG", "GET", name)),
    );
    for (const [name, value] of bad) await server.command("CONFIG", "SET", name, value);
    const found = await warnings("replicated");
    for (const setting of before) {
      const [name, value] = Array.isArray(setting) ? setting.map(String) : [];
      await server.command("CONFIG", "SET", name ?? "", value ?? "");
    }
    expect(found).toHaveLength(4);
    for (const warning of found) expect(warning).toStartWith(`Redis 127.0.0.1:${server.port} `);
    const all = found.join("\n");
    for (const mend of [
      "set maxmemory-policy noeviction",
      "set appendfsync everysec or always",
      "set stop-writes-on-bgsave-error no",
      "add a replica",
    ]) {
      expect(all).toContain(mend);
    }
  });

  test("asks for the time alone while it knows the settings", async () => {
    const link = await openRedisLink(server.url, OPTIONS);
    await link.status();
    await server.command("CONFIG", "RESETSTAT");
    await link.status();
    await link.status();
    const stats = String(await server.command("INFO", "commandstats"));
    expect(stats).toContain("cmdstat_time:calls=2,");
    expect(stats).not.toMatch(/cmdstat_config\|get/);
    await link.close();
  });

  test("fails as unavailable when the server is frozen", async () => {
    const link = await openRedisLink(server.url, OPTIONS);
    server.pause();
    const failed = await storeFailure(link.status());
    server.resume();
    expect([failed.code, failed.outcome]).toEqual(["store_unavailable", "none"]);
    await link.close();
  });
});

describe("the status of a Cluster", () => {
  let set: RedisClusterSet;

  beforeAll(async () => {
    set = await startRedisCluster({ appendOnly: true });
  }, 30_000);
  afterAll(async () => await set.stop());

  test("tells what is the same for all primaries in one sentence, and which one is out of reach", async () => {
    const link = await openRedisLink(set.url, { ...OPTIONS, closeAck: "replicated" });
    expect((await link.status()).warnings).toEqual([]);
    const primaries = await set.primaries();
    for (const primary of primaries) {
      await primary.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru");
    }
    const other = await openRedisLink(set.url, { ...OPTIONS, closeAck: "replicated" });
    const [warning, ...rest] = (await other.status()).warnings;
    expect(rest).toEqual([]);
    for (const { port } of primaries) expect(warning).toContain(`127.0.0.1:${port}`);
    const [frozen] = primaries;
    frozen?.pause();
    await until(
      async () => {
        const all = (await link.status()).warnings.join();
        return all.includes(`127.0.0.1:${frozen?.port} does not answer`);
      },
      { what: "the frozen primary is named", withinMs: 5_000 },
    );
    frozen?.resume();
    await Promise.all([link.close(), other.close()]);
  }, 30_000);
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateFiles, makeCertificates } from "../../../test/support/certificates.ts";
import { startRedisCluster } from "../../../test/support/redis-cluster.ts";
import { startRedisSentinel } from "../../../test/support/redis-sentinel.ts";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { storeFailure } from "../../../test/support/store-failure.ts";
import type { RedisLink } from "./link.ts";
import { openRedisLink } from "./open-link.ts";

const links: RedisLink[] = [];
const events: string[] = [];

async function open(url: string, tlsCaFile?: string): Promise<RedisLink> {
  const link = await openRedisLink(url, {
    deadlineMs: 1_000,
    closeAck: "primary",
    onEvent: (event) => events.push(event),
    ...(tlsCaFile === undefined ? {} : { tlsCaFile }),
  });
  links.push(link);
  return link;
}

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
  events.length = 0;
});

describe("a link with a password", () => {
  let server: RedisServer;

  beforeAll(async () => {
    const users = ["sessions on >p%40ss ~sm:* -@all +get +set +ping +time"];
    server = await startRedisServer({ password: "right", users });
  });
  afterAll(async () => await server.stop());

  test("logs in as the default user, or as the user it names", async () => {
    const byDefault = await open(server.url);
    expect(await byDefault.command("k", ["SET", "k", "v"])).toBe("OK");
    const named = await open(`redis://sessions:p%2540ss@127.0.0.1:${server.port}`);
    expect(await named.command("sm:k", ["SET", "sm:k", "v"])).toBe("OK");
    const refused = await storeFailure(named.command("k", ["GET", "k"]));
    expect([refused.code, refused.outcome]).toEqual(["store_unavailable", "none"]);
  });

  test("tells of a wrong password without repeating it", async () => {
    const link = await open(`redis://:wr0ng@127.0.0.1:${server.port}`);
    const refused = await storeFailure(link.command("k", ["GET", "k"]));
    expect([refused.code, refused.outcome]).toEqual(["store_unavailable", "none"]);
    expect(events.join()).toContain("WRONGPASS");
    expect(`${events.join()} ${refused.message}`).not.toContain("wr0ng");
  });

  test("keeps to the database that the URL names", async () => {
    const third = await open(`${server.url}/3`);
    await third.command("db", ["SET", "db", "3"]);
    const first = await open(server.url);
    expect(await first.command("db", ["GET", "db"])).toBeNull();
  });

  test("tells what a limited user may not check", async () => {
    const link = await open(`redis://sessions:p%2540ss@127.0.0.1:${server.port}`);
    const { now, warnings } = await link.status();
    expect(Math.abs(now - Date.now())).toBeLessThan(1_000);
    const name = `Redis 127.0.0.1:${server.port}`;
    expect(warnings).toEqual([
      `${name} does not let this user check its state: allow the user +info`,
      expect.stringContaining("does not let this user check its settings: allow the user"),
    ]);
  });
});

describe("a link over TLS", () => {
  let dir: string;
  let tls: CertificateFiles;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "sm-certificates-"));
    tls = await makeCertificates(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("trusts the given authority and nobody else", async () => {
    await using server = await startRedisServer({ tls });
    const known = await open(server.url, tls.caFile);
    expect(await known.command("k", ["SET", "k", "v"])).toBe("OK");
    const byName = await open(`rediss://localhost:${server.port}`, tls.caFile);
    expect(String(await byName.command("k", ["GET", "k"]))).toBe("v");
    const unknown = await open(server.url);
    const refused = await storeFailure(unknown.command("k", ["GET", "k"]));
    expect([refused.code, refused.outcome]).toEqual(["store_unavailable", "none"]);
    expect(events.join()).toMatch(/certificate/);
  });

  test("refuses a certificate that is for another host", async () => {
    await using server = await startRedisServer({ tls });
    const link = await open(`rediss://127.0.0.2:${server.port}`, tls.caFile);
    const refused = await storeFailure(link.command("k", ["GET", "k"]));
    expect(refused.outcome).toBe("none");
  });

  test("reaches Sentinels and their primary", async () => {
    await using set = await startRedisSentinel({ tls, password: "secret" });
    const link = await open(set.url, tls.caFile);
    expect(await link.command("k", ["SET", "k", "v"])).toBe("OK");
  }, 30_000);

  test("reaches all nodes of a Cluster", async () => {
    await using set = await startRedisCluster({ tls, password: "secret" });
    const link = await open(set.url, tls.caFile);
    for (const key of ["a", "b", "c", "d"]) {
      expect(await link.command(key, ["SET", key, "v"])).toBe("OK");
    }
  }, 30_000);

  test("fails to open when the authority's file cannot be read", async () => {
    const file = join(dir, "missing.pem");
    const failed = await open("rediss://127.0.0.1:1", file).catch((error: unknown) => error);
    expect(String(failed)).toContain(file);
  });
});

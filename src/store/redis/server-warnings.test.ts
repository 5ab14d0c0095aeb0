import { describe, expect, test } from "bun:test";
import { judgeServer, type ServerFacts, type Surroundings } from "./server-warnings.ts";

const ALONE: Surroundings = { topology: "standalone", closeAck: "primary" };
const SENTINEL: Surroundings = { topology: "sentinel", closeAck: "replicated" };
const CLUSTER: Surroundings = { topology: "cluster", closeAck: "replicated" };

const GOOD_INFO = {
  redis_version: "7.0.15",
  role: "master",
  maxmemory: "0",
  maxmemory_policy: "noeviction",
  aof_enabled: "1",
};
const GOOD_SETTINGS = {
  appendfsync: "everysec",
  save: "",
  "stop-writes-on-bgsave-error": "yes",
  "min-replicas-to-write": "1",
};

function facts(
  info: Record<string, string> = {},
  settings: Record<string, string> = {},
  hasReplicas = false,
): ServerFacts {
  return {
    info: new Map(Object.entries({ ...GOOD_INFO, ...info })),
    settings: new Map(Object.entries({ ...GOOD_SETTINGS, ...settings })),
    hasReplicas,
  };
}

const ONLINE = { slave0: "ip=127.0.0.1,port=1,state=online,offset=1,lag=0" };

describe("a server is warned about", () => {
  const cases: readonly (readonly [string, ServerFacts, Surroundings, string])[] = [
    ["an old version", facts({ redis_version: "6.2.21" }), ALONE, "upgrade it to 7.0 or newer"],
    ["being a replica", facts({ role: "slave" }), ALONE, "name the primary in SESSION_STORE"],
    [
      "evicting",
      facts({ maxmemory: "100", maxmemory_policy: "allkeys-lru" }),
      ALONE,
      "throws live sessions away when memory is short (maxmemory-policy allkeys-lru)",
    ],
    [
      "evicting later",
      facts({ maxmemory_policy: "volatile-ttl" }),
      ALONE,
      "once it has a maxmemory",
    ],
    ["no append-only file", facts({ aof_enabled: "0" }), ALONE, "set appendonly yes"],
    ["no fsync", facts({}, { appendfsync: "no" }), ALONE, "set appendfsync everysec or always"],
    [
      "refusing after a failed snapshot",
      facts({}, { save: "3600 1" }),
      ALONE,
      "set stop-writes-on-bgsave-error no",
    ],
    [
      "going on alone",
      facts(ONLINE, { "min-replicas-to-write": "0" }, true),
      SENTINEL,
      "set min-replicas-to-write 1",
    ],
    ["lost replicas", facts({}, {}, true), SENTINEL, "no close can be confirmed"],
    [
      "lost replicas without confirmation",
      facts({}, {}, true),
      { ...CLUSTER, closeAck: "primary" },
      "nothing can take over from it",
    ],
    ["no replicas", facts(), CLUSTER, "closes are acknowledged by it alone"],
    [
      "no replicas where closes want one",
      facts(),
      { ...ALONE, closeAck: "replicated" },
      "by it alone",
    ],
  ];
  for (const [name, server, surroundings, words] of cases) {
    test(name, () => {
      const warnings = judgeServer(server, surroundings);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(words);
    });
  }

  test("what it does not let be checked", () => {
    const closed: ServerFacts = { info: undefined, settings: undefined, hasReplicas: undefined };
    expect(judgeServer(closed, ALONE)).toEqual([
      expect.stringContaining("allow the user +info"),
      expect.stringContaining("allow the user +config|get"),
    ]);
  });
});

describe("nothing is said about", () => {
  test.each([
    ["a server that keeps its data, alone", facts(), ALONE],
    [
      "snapshots that may fail",
      facts({}, { save: "1 1", "stop-writes-on-bgsave-error": "no" }),
      ALONE,
    ],
    ["a primary with a replica", facts(ONLINE, {}, true), SENTINEL],
    ["a shard with a replica", facts(ONLINE, { "min-replicas-to-write": "0" }, true), CLUSTER],
    ["a newer version", facts({ redis_version: "10.0.0" }), ALONE],
  ] as const)("%s", (_, server, surroundings) => {
    expect(judgeServer(server, surroundings)).toEqual([]);
  });
});

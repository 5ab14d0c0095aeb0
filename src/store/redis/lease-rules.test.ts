import { describe, expect, test } from "bun:test";
import { judgeLeases, type LeaseFacts } from "./lease-rules.ts";

describe("a lease may be held", () => {
  test("on a single server without replicas, whatever its settings, and nothing is waited for", () => {
    const judged = judgeLeases([facts({}, false)], "standalone");
    expect(judged).toMatchObject({ mayHold: true, handoverMs: 0, readsNeedLease: false });
    const hidden = { server: "a", hasReplicas: false, settings: undefined };
    expect(judgeLeases([hidden], "standalone").mayHold).toBe(true);
  });

  for (const topology of ["standalone", "sentinel"] as const)
    test(`on a primary that stops without its replicas (${topology}), and reads need one`, () => {
      const judged = judgeLeases([facts({ "min-replicas-to-write": "1" })], topology);
      // Ten seconds of lag, and what Redis takes to notice.
      expect(judged).toMatchObject({ mayHold: true, handoverMs: 12_000, readsNeedLease: true });
    });

  test("under Sentinel no sooner than all Sentinels know", () => {
    const quick = facts({ "min-replicas-to-write": "1", "min-replicas-max-lag": "1" });
    expect(judgeLeases([quick], "sentinel").handoverMs).toBe(4000);
    const alone = facts({}, false);
    expect(judgeLeases([alone], "sentinel")).toMatchObject({
      handoverMs: 4000,
      readsNeedLease: true,
    });
  });

  test("in a Cluster, where the slowest node counts, and its registry is apart", () => {
    const slow = facts({ "cluster-node-timeout": "15000" });
    expect(judgeLeases([facts({}), slow], "cluster")).toMatchObject({
      mayHold: true,
      handoverMs: 17_000,
      readsNeedLease: false,
      isRegistryApart: true,
    });
  });
});

describe("no lease may be held, and it is said why", () => {
  for (const [why, fact, topology] of [
    ["min-replicas-to-write", facts({}), "sentinel"],
    ["min-replicas-to-write", facts({}), "standalone"],
    [
      "min-replicas-max-lag",
      facts({ "min-replicas-to-write": "1", "min-replicas-max-lag": "0" }),
      "sentinel",
    ],
    ["cluster-allow-reads-when-down", facts({ "cluster-allow-reads-when-down": "yes" }), "cluster"],
    ["+config|get", { ...facts({}), settings: undefined }, "sentinel"],
    ["+config|get", { ...facts({}), settings: undefined }, "cluster"],
  ] as const)
    test(`${why} (${topology})`, () => {
      const good = facts({ "min-replicas-to-write": "1" });
      const { mayHold, whyNot } = judgeLeases([good, fact], topology);
      expect(mayHold).toBe(false);
      expect(whyNot).toContain(why);
      expect(whyNot).toContain("a:1");
    });
});

function facts(settings: Readonly<Record<string, string>>, hasReplicas = true): LeaseFacts {
  const usual = {
    "min-replicas-to-write": "0",
    "min-replicas-max-lag": "10",
    "cluster-node-timeout": "5000",
    "cluster-allow-reads-when-down": "no",
  };
  return {
    server: "a:1",
    hasReplicas,
    settings: new Map(Object.entries({ ...usual, ...settings })),
  };
}

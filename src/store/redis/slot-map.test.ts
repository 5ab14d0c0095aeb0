import { describe, expect, test } from "bun:test";
import type { RedisReply } from "./link.ts";
import { parseSlotRanges, tellsOfReplicas } from "./slot-map.ts";

const ASKED = { host: "10.0.0.1", port: 6379 };

function node(host: string, port: number): RedisReply {
  return [Buffer.from(host), port, Buffer.from("id"), []];
}

describe("CLUSTER SLOTS", () => {
  test("names the primary of each range; replicas are left out", () => {
    const reply = [
      [0, 99, node("10.0.0.2", 7000), node("10.0.0.3", 7000)],
      [100, 100, node("host.example", 7001)],
    ];
    expect(parseSlotRanges(reply, ASKED)).toEqual([
      { first: 0, last: 99, address: { host: "10.0.0.2", port: 7000 } },
      { first: 100, last: 100, address: { host: "host.example", port: 7001 } },
    ]);
  });

  test.each([[null], [Buffer.alloc(0)]])("a host of %p means the node that was asked", (host) => {
    expect(parseSlotRanges([[0, 1, [host, 7000]]], ASKED)).toEqual([
      { first: 0, last: 1, address: { host: "10.0.0.1", port: 7000 } },
    ]);
  });

  test.each([[null], ["OK"], [[]], [[1, 2]], [[[0]]], [[[0, 1]]], [[[0, 1, [null, null]]]]])(
    "%j holds no range",
    (reply) => {
      expect(parseSlotRanges(reply, ASKED)).toEqual([]);
    },
  );
});

describe("CLUSTER NODES", () => {
  const own = "aaa 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-16383";
  const copy = "bbb 10.0.0.2:6379@16379 slave aaa 0 0 1 connected";

  test("tells of the node's own replicas, also of those that fail", () => {
    expect(tellsOfReplicas(`${own}\n${copy}\n`)).toBe(true);
    expect(tellsOfReplicas(`${own}\n${copy.replace("slave", "slave,fail")}\n`)).toBe(true);
  });

  test("other nodes' replicas do not count", () => {
    expect(tellsOfReplicas(`${own}\n${copy.replace(" aaa ", " ccc ")}\n`)).toBe(false);
    expect(tellsOfReplicas(`${own}\n`)).toBe(false);
    expect(tellsOfReplicas("")).toBe(false);
  });
});

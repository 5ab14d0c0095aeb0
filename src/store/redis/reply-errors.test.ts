import { describe, expect, test } from "bun:test";
import { describeErrorReply, judgeErrorReply, type Refusal } from "./reply-errors.ts";

const ASKED = { host: "10.0.0.1", port: 6379 };
const IN_SCRIPT = "script: 0123456789abcdef0123456789abcdef01234567, on @user_script:3.";

const REPLIES: readonly (readonly [reply: string, refusal: Refusal])[] = [
  ["NOSCRIPT No matching script. Please use EVAL.", { kind: "no_script" }],
  ["MOVED 42 h:7000", { kind: "moved", slot: 42, address: { host: "h", port: 7000 } }],
  ["MOVED 42 ::1:7000", { kind: "moved", slot: 42, address: { host: "::1", port: 7000 } }],
  ["ASK 42 :7000", { kind: "ask", slot: 42, address: { host: "10.0.0.1", port: 7000 } }],
  ["TRYAGAIN Multiple keys request during rehashing of slot", { kind: "unsettled" }],
  ["CLUSTERDOWN The cluster is down", { kind: "cluster_down" }],
  [
    `ERR Script attempted to access a non local key in a cluster node ${IN_SCRIPT}`,
    { kind: "unsettled" },
  ],
  ["READONLY You can't write against a read only replica.", { kind: "not_primary" }],
  ["MASTERDOWN Link with MASTER is down", { kind: "not_primary" }],
  ["OOM command not allowed when used memory > 'maxmemory'.", { kind: "full" }],
  [`OOM command not allowed when used memory > 'maxmemory'. ${IN_SCRIPT}`, { kind: "full" }],
  ["NOREPLICAS Not enough good replicas to write.", { kind: "refused" }],
  ["MISCONF Redis is configured to save RDB snapshots", { kind: "refused" }],
  ["LOADING Redis is loading the dataset in memory", { kind: "refused" }],
  ["NOPERM User sm has no permissions to run the 'get' command", { kind: "refused" }],
  ["ERR unknown command 'X', with args beginning with: 'secret' ", { kind: "refused" }],
  ["WRONGTYPE Operation against a key", { kind: "refused" }],
  [`WRONGTYPE Operation against a key ${IN_SCRIPT}`, { kind: "failed" }],
  ["ERR user_script:1: Script attempted to compare nil with number", { kind: "failed" }],
];

describe("an error reply", () => {
  test.each(REPLIES)("%s", (reply, refusal) => {
    expect(judgeErrorReply(reply, ASKED)).toEqual(refusal);
  });

  test("is described without the arguments that it repeats", () => {
    const reply = "ERR unknown command 'X', with args beginning with: 'secret' 'token' ";
    expect(describeErrorReply(reply)).toBe("ERR unknown command 'X'");
  });
});

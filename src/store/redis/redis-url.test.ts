import { describe, expect, test } from "bun:test";
import { parseRedisUrl, type RedisTarget } from "./redis-url.ts";

const PLAIN: RedisTarget = {
  topology: "standalone",
  nodes: [{ host: "h", port: 6379 }],
  primaryName: "",
  database: 0,
  isTls: false,
};

const GOOD: readonly (readonly [url: string, target: Partial<RedisTarget>])[] = [
  ["redis://h", {}],
  ["redis://h/", {}],
  ["redis://h:7000/3", { nodes: [{ host: "h", port: 7000 }], database: 3 }],
  ["rediss://h", { isTls: true }],
  ["redis://[::1]:7000", { nodes: [{ host: "::1", port: 7000 }] }],
  ["redis://[fe80::1]", { nodes: [{ host: "fe80::1", port: 6379 }] }],
  ["redis://:secret@h", { credentials: { password: "secret" } }],
  ["redis://user:secret@h", { credentials: { username: "user", password: "secret" } }],
  ["redis://u%40x:p%3A%2F%25@h", { credentials: { username: "u@x", password: "p:/%" } }],
  ["redis://u:a:b@h", { credentials: { username: "u", password: "a:b" } }],
  ["redis://u:p@ss@h", { credentials: { username: "u", password: "p@ss" } }],
  ["redis://u:p/w@h", { credentials: { username: "u", password: "p/w" } }],
  [
    "redis+sentinel://h1,h2:5000,[::1]/main",
    {
      topology: "sentinel",
      nodes: [
        { host: "h1", port: 26379 },
        { host: "h2", port: 5000 },
        { host: "::1", port: 26379 },
      ],
      primaryName: "main",
    },
  ],
  [
    "rediss+sentinel://u:p@h/my%20name/2",
    {
      topology: "sentinel",
      nodes: [{ host: "h", port: 26379 }],
      primaryName: "my name",
      database: 2,
      isTls: true,
      credentials: { username: "u", password: "p" },
    },
  ],
  [
    "redis+cluster://h1,h2:7001",
    {
      topology: "cluster",
      nodes: [
        { host: "h1", port: 6379 },
        { host: "h2", port: 7001 },
      ],
    },
  ],
  ["rediss+cluster://h/", { topology: "cluster", isTls: true }],
];

const BAD: readonly (readonly [url: string, reason: string])[] = [
  ["", "must begin with one of"],
  ["localhost:6379", "must begin with one of"],
  ["http://user:secret@h", "must begin with one of"],
  ["redis+other://h", "must begin with one of"],
  ["redis://", "A host in the Redis URL is missing"],
  ["redis://:secret@", "A host in the Redis URL is missing"],
  ["redis://:secret@h:port", "A host in the Redis URL is missing or malformed"],
  ["redis://:secret@::1", "[IPv6]:port"],
  ["redis://:secret@h:0", "Port 0"],
  ["redis://:secret@h:65536", "Port 65536"],
  ["redis://h1,h2", "names one host"],
  ["redis://:secret@h/one", "must be a number"],
  ["redis://:secret@h/1/2", "must be a number"],
  ["redis://:secret@h/?db=1", '"?" or "#"'],
  ["redis://secret@h", "a user without a password"],
  ["redis://user:@h", "password in the Redis URL is empty"],
  ["redis://user:secret%zz@h", 'write "%" as %25'],
  ["redis+sentinel://:secret@h", "ends with the primary's name"],
  ["redis+sentinel://:secret@h/name/1/2", "ends with the primary's name"],
  ["redis+sentinel://h/%zz", "The primary's name"],
  ["redis+sentinel://h,/name", "A host in the Redis URL is missing"],
  ["redis+cluster://:secret@h/1", "no numbered databases"],
];

describe("a Redis URL", () => {
  test.each(GOOD)("%s is understood", (url, target) => {
    expect(parseRedisUrl(url)).toEqual({ ...PLAIN, ...target });
  });

  test.each(BAD)("%s is refused with a reason that repeats no secret", (url, reason) => {
    const message = messageOf(() => parseRedisUrl(url));
    expect(message).toContain(reason);
    expect(message).not.toContain("secret");
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was thrown");
}

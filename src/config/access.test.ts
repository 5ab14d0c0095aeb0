import { describe, expect, test } from "bun:test";
import { readConfig } from "../config.ts";

const HASH = "ab".repeat(32);

describe("without API keys", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
    test(`the API is open on ${host}, which only this machine reaches`, () => {
      expect(accessOf({ SESSION_HOST: host })).toEqual({ kind: "loopback" });
    });

  test("and on a unix socket", () => {
    const settings = { SESSION_SOCKET: "/run/s.sock", SESSION_HOST: "0.0.0.0" };
    expect(accessOf(settings)).toEqual({ kind: "loopback" });
  });

  for (const host of ["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example.org", "example.org"])
    test(`nothing starts on ${host}, and the mistake says what to set`, () => {
      const outcome = readConfig({ environment: { SESSION_HOST: host } });
      expect(outcome).toEqual({
        mistakes: [
          `SESSION_API_KEYS: is not set, and ${host} can be reached from other machines; allowed: a key (\`sessionsrv keys new --api\` makes one), or SESSION_AUTH=off to let everybody in`,
        ],
      });
    });

  test("SESSION_AUTH=off opens it to everybody, also on other addresses", () => {
    expect(accessOf({ SESSION_HOST: "0.0.0.0", SESSION_AUTH: "off" })).toEqual({ kind: "off" });
  });

  test("SESSION_FIRST_KEY_FILE has one made, on any address", () => {
    const settings = { SESSION_HOST: "0.0.0.0", SESSION_FIRST_KEY_FILE: "/data/api-key" };
    expect(accessOf(settings)).toEqual({ kind: "first_key", file: "/data/api-key" });
  });
});

describe("SESSION_API_KEYS", () => {
  test("names callers, their scopes and the hashes of their keys", () => {
    const text = `backend:read+write:${HASH},\n gateway.1:read:${HASH.toUpperCase()}`;
    const sha256 = Buffer.from(HASH, "hex");
    expect(accessOf({ SESSION_API_KEYS: text })).toEqual({
      kind: "keys",
      keys: [
        { name: "backend", scopes: new Set(["read", "write"]), sha256 },
        { name: "gateway.1", scopes: new Set(["read"]), sha256 },
      ],
    });
  });

  test("wins over SESSION_FIRST_KEY_FILE", () => {
    const settings = { SESSION_API_KEYS: `a:read:${HASH}`, SESSION_FIRST_KEY_FILE: "/data/k" };
    expect(accessOf(settings)).toMatchObject({ kind: "keys" });
  });

  test("beside SESSION_AUTH=off is a mistake: one of them is not meant", () => {
    const environment = { SESSION_API_KEYS: `a:read:${HASH}`, SESSION_AUTH: "off" };
    expect(readConfig({ environment })).toHaveProperty("mistakes");
  });

  for (const [what, text] of [
    ["a key without a name", `:read:${HASH}`],
    ["a name with a space or a colon", `a:b:read:${HASH}`],
    ["no scope", `a::${HASH}`],
    ["an unknown scope", `a:read+all:${HASH}`],
    ["a hash that is too short", `a:read:${HASH.slice(1)}`],
    ["a hash that is none", `a:read:${"zz".repeat(32)}`],
    ["two keys of one name", `a:read:${HASH},a:write:${HASH}`],
    ["commas only", ","],
  ] as const)
    test(`with ${what} is a mistake`, () => {
      const outcome = readConfig({ environment: { SESSION_API_KEYS: text } });
      expect("mistakes" in outcome && outcome.mistakes).toHaveLength(1);
    });
});

function accessOf(environment: Readonly<Record<string, string>>): unknown {
  const outcome = readConfig({ environment });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  return outcome.config.access;
}

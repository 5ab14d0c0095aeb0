import { describe, expect, test } from "bun:test";
import { type Config, readConfig } from "../config.ts";
import { describeTarget } from "../store/store-target.ts";

type Environment = Readonly<Record<string, string>>;

describe("the store", () => {
  for (const [settings, store] of [
    [{}, "sqlite:data/sessions.db"],
    [{ SESSION_STORE: "memory:" }, "memory:"],
    [{ SESSION_STORE: "sqlite:/var/lib/s.db" }, "sqlite:/var/lib/s.db"],
    [{ SESSION_STORE: "redis://h" }, "redis://h:6379"],
    [{ SESSION_STORE: "rediss://u:p@h:1/2" }, "rediss://h:1/2"],
    [{ SESSION_STORE: "redis+sentinel://a,b:1/main/3" }, "redis+sentinel://a:26379,b:1/main/3"],
    [{ SESSION_STORE: "rediss+cluster://[::1],b" }, "rediss+cluster://[::1]:6379,b:6379"],
    [{ REDIS_URL: "redis://h/1" }, "redis://h:6379/1"],
    [{ REDIS_HOSTNAME: "h" }, "redis://h:6379"],
    [{ REDIS_HOSTNAME: "h", REDIS_PORT: "1", REDIS_DB: "2" }, "redis://h:1/2"],
    [{ REDIS_PORT: "tcp://172.17.0.2:6379" }, "redis://172.17.0.2:6379"],
    [{ REDIS_HOSTNAME: "redis", REDIS_PORT: "tcp://172.17.0.2:7" }, "redis://redis:7"],
    [{ REDIS_PORT: "6379", REDIS_PASSWORD: "p" }, "sqlite:data/sessions.db"],
    [{ SESSION_STORE: "memory:", REDIS_URL: "redis://h" }, "memory:"],
    [{ REDIS_URL: "redis://a", REDIS_HOSTNAME: "b" }, "redis://a:6379"],
  ] as const satisfies readonly (readonly [Environment, string])[])
    test(`of ${JSON.stringify(settings)} is ${store}`, () => {
      expect(describeTarget(configOf(settings).store)).toBe(store);
    });

  test("gets REDIS_PASSWORD as it is, whatever characters it has", () => {
    const password = "p@ss:w/rd%#? ü";
    const { store } = configOf({ REDIS_HOSTNAME: "h", REDIS_PASSWORD: password });
    expect(store).toMatchObject({ redis: { credentials: { password } } });
  });

  test("is never described with its user or password", () => {
    const { store } = configOf({ SESSION_STORE: "redis://someone:secret@h" });
    expect(describeTarget(store)).not.toMatch(/someone|secret/);
  });

  for (const settings of [
    { SESSION_STORE: "postgres://h" },
    { SESSION_STORE: "sqlite:" },
    { SESSION_STORE: "sqlite::memory:" },
    { SESSION_STORE: "sqlite://data/sessions.db" },
    { SESSION_STORE: "memory" },
    { SESSION_STORE: "redis://" },
    { SESSION_STORE: "redis://a,b" },
    { SESSION_STORE: "redis+sentinel://a" },
    { REDIS_URL: "sqlite:x" },
    { REDIS_HOSTNAME: "a b" },
    { REDIS_HOSTNAME: "h", REDIS_PORT: "0" },
    { REDIS_HOSTNAME: "h", REDIS_PORT: "udp://h:1" },
    { REDIS_HOSTNAME: "h", REDIS_DB: "x" },
  ])
    test(`cannot be ${JSON.stringify(settings)}`, () => {
      const outcome = readConfig({ environment: settings });
      expect("mistakes" in outcome && outcome.mistakes).toHaveLength(1);
    });
});

describe("SESSION_CLOSE_ACK", () => {
  for (const [store, expected] of [
    ["sqlite:x", "primary"],
    ["redis://h", "primary"],
    ["redis+sentinel://h/main", "replicated"],
    ["redis+cluster://h", "replicated"],
  ] as const)
    test(`is ${expected} on ${store} unless set`, () => {
      expect(configOf({ SESSION_STORE: store }).closeAck).toBe(expected);
    });

  test("can be chosen", () => {
    const settings = { SESSION_STORE: "redis://h", SESSION_CLOSE_ACK: "replicated" };
    expect(configOf(settings).closeAck).toBe("replicated");
  });
});

describe("SESSION_CACHE", () => {
  for (const store of ["sqlite:x", "memory:", "redis://h", "redis+sentinel://h/main"])
    test(`is exact on ${store} unless set`, () => {
      expect(configOf({ SESSION_STORE: store }).cacheMode).toBe("exact");
    });

  test("can be off", () => {
    for (const store of ["sqlite:x", "redis://h"])
      expect(configOf({ SESSION_STORE: store, SESSION_CACHE: "off" }).cacheMode).toBe("off");
  });
});

function configOf(environment: Environment): Config {
  const outcome = readConfig({ environment });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  return outcome.config;
}

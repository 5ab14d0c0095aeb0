import { expect, test } from "bun:test";
import { parseTrustedProxies } from "../../src/http/auth/client-address.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { expectProblem } from "../support/answer.ts";
import { ServedApp } from "../support/serve-app.ts";
import { until } from "../support/until.ts";

const LIMIT = 30;

async function guess(app: ServedApp, times: number, headers: Record<string, string> = {}) {
  for (let i = 0; i < times; i++)
    expectProblem(
      await app.send("GET", "/a01/session", { key: "smt_bad", headers }),
      "unauthenticated",
    );
}

test("after too many wrong credentials the client is told to wait", async () => {
  await using app = new ServedApp();
  await guess(app, LIMIT);
  for (const key of ["smt_bad", "wrong-api-key"]) {
    const answer = await app.send("GET", "/a01/session", { key });
    expectProblem(answer, "rate_limited");
    expect(Number(answer.headers.get("retry-after"))).toBeWithin(1, 61);
  }
});

test("a client over the limit costs no store call, and its right tokens wait too", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  await guess(app, LIMIT);
  const before = app.storeCalls.length;
  expectProblem(await app.send("GET", "/a01/session", { key: session_token }), "rate_limited");
  expect(app.storeCalls.length).toBe(before);
});

test("of many guesses at once no more are judged than one after the other", async () => {
  const stores: HeldStore[] = [];
  await using app = new ServedApp({
    store: (now) => {
      const store = new HeldStore(now);
      stores.push(store);
      return store;
    },
  });
  const [store] = stores;
  if (!store) throw new Error("no store was made");
  const { session_token: right } = await app.create();
  const wrong = `${right.slice(0, -8)}AAAAAAAA`;
  store.holdFinds();
  const get = (key: string) => app.send("GET", "/a01/session", { key });
  const guesses = Array.from({ length: 2 * LIMIT }, () => get(wrong));
  await until(() => store.held === guesses.length, {
    what: "all guesses wait for the store",
    withinMs: 5000,
  });
  const last = get(right);
  await until(() => store.held === guesses.length + 1, {
    what: "the right one waits as well",
    withinMs: 5000,
  });
  store.release();
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(LIMIT);
  expect(statuses.filter((status) => status === 429)).toHaveLength(LIMIT);
  expectProblem(await last, "rate_limited");
});

/** A store whose answers to `find` wait, and then come one after the other. */
class HeldStore extends MemoryStore {
  held = 0;
  #isHolding = false;
  #releases: (() => void)[] = [];

  holdFinds(): void {
    this.#isHolding = true;
  }

  release(): void {
    const next = this.#releases.shift();
    if (!next) return;
    next();
    setImmediate(() => this.release());
  }

  override async find(id: Parameters<MemoryStore["find"]>[0]) {
    if (this.#isHolding) {
      this.held += 1;
      await new Promise<void>((resolve) => this.#releases.push(resolve));
    }
    return await super.find(id);
  }
}

test("a valid API key and a check are never held up", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  await guess(app, LIMIT);
  expect((await app.send("GET", "/a01/session?user_id=user007")).status).toBe(200);
  expect((await app.send("GET", "/a01/check", { key: session_token })).status).toBe(200);
});

test("right credentials and requests without one do not count", async () => {
  await using app = new ServedApp();
  const { session_token } = await app.create();
  for (let i = 0; i < LIMIT + 5; i++) {
    expectProblem(await app.send("GET", "/a01/session", { key: null }), "unauthenticated");
    expect((await app.send("GET", "/a01/session", { key: session_token })).status).toBe(200);
  }
});

test("an X-Forwarded-For nobody vouches for changes nothing", async () => {
  await using app = new ServedApp();
  await guess(app, LIMIT, { "x-forwarded-for": "192.0.2.1" });
  const headers = { "x-forwarded-for": "192.0.2.2" };
  expectProblem(await app.send("GET", "/a01/session", { key: "smt_bad", headers }), "rate_limited");
});

test("behind a trusted proxy each client has its own count", async () => {
  const trustedProxies = parseTrustedProxies("127.0.0.0/8");
  if (!trustedProxies) throw new Error("not parsed");
  await using app = new ServedApp({ trustedProxies });
  const { session_token } = await app.create();
  await guess(app, LIMIT, { "x-forwarded-for": "2001:db8::1" });
  const send = (address: string) =>
    app.send("GET", "/a01/session", {
      key: session_token,
      headers: { "x-forwarded-for": address },
    });
  expectProblem(await send("2001:db8::ffff"), "rate_limited");
  expectProblem(await send("198.51.100.1, 2001:db8::2"), "rate_limited");
  expect((await send("2001:db8:0:1::1")).status).toBe(200);
});

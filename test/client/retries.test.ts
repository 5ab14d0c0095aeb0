import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { SessionClient } from "../../src/client/main.ts";
import { FaultyGateway } from "../support/faulty-gateway.ts";
import { applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { rejectionOf } from "../support/rejection.ts";

const NO_CHANGE = { outcome: "none" };
const UNKNOWN = { outcome: "unknown" };

describe("when an answer does not come, the client", () => {
  let program: Program;
  let gateway: FaultyGateway;
  let client: SessionClient;
  /** Past the gateway, to see what really is. */
  let direct: SessionClient;
  let user: string;
  let userNumber = 0;

  beforeAll(async () => {
    program = await startKeyedProgram();
    gateway = await FaultyGateway.before(program.origin);
    client = applicationClient(gateway.origin, { retry: { baseDelayMs: 1 } });
    direct = applicationClient(program.origin);
  });
  beforeEach(() => {
    user = `retries-${userNumber++}`;
    gateway.plan();
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await program[Symbol.asyncDispose]();
  });

  test("repeats a create with the same key, and one session comes of it", async () => {
    gateway.plan("lose answer", "lose request", { afterwards: unavailable(UNKNOWN) });
    const created = await client.create({ user_id: user });
    expect((await direct.list(user)).sessions).toMatchObject([{ session_id: created.session_id }]);
    expect(await direct.check(created.session_token)).toMatchObject({ user_id: user });
    expect(gateway.seen).toHaveLength(4);
    expect(new Set(gateway.seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  test("gives two creates two keys", async () => {
    await client.create({ user_id: user });
    await client.create({ user_id: user });
    expect(new Set(gateway.seen.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  test("repeats what only reads", async () => {
    const { session_id, session_token } = await direct.create({ user_id: user });
    const loss = ["lose answer", { instead: new Response("", { status: 502 }) }] as const;
    gateway.plan(...loss);
    expect(await client.get(session_id)).toMatchObject({ session_id });
    gateway.plan(...loss);
    expect((await client.list(user)).sessions).toHaveLength(1);
    gateway.plan(...loss);
    expect(await client.check(session_token)).toMatchObject({ session_id });
    expect(gateway.seen).toHaveLength(3);
  });

  test("says of a close that did happen unanswered: over, by whomever", async () => {
    const { session_id } = await direct.create({ user_id: user });
    gateway.plan("lose answer");
    expect(await client.close(session_id)).toBe("over");
    expect(await direct.get(session_id)).toBeUndefined();
  });

  test("says of a close that did not happen the first time: closed", async () => {
    const { session_id } = await direct.create({ user_id: user });
    gateway.plan("lose request");
    expect(await client.close(session_id)).toBe("closed");
    gateway.plan({ instead: unavailable(NO_CHANGE) });
    expect(await client.close(session_id)).toBe("not_live");
  });

  test("says that it does not know how many a close of all has closed", async () => {
    await direct.create({ user_id: user });
    await direct.create({ user_id: user });
    gateway.plan("lose answer");
    expect(await client.closeAll(user)).toEqual({ user_id: user, closed: 0, exact: false });
    expect((await direct.list(user)).sessions).toEqual([]);
  });

  test("does not repeat an update that may have happened", async () => {
    const { session_id } = await direct.create({ user_id: user });
    for (const options of [{}, { ifMatch: "*" }]) {
      gateway.plan("lose answer");
      const update = client.update(session_id, { access_token: "at" }, options);
      expect(await rejectionOf(update)).toMatchObject({ code: "unreachable", outcome: "unknown" });
      expect(gateway.seen).toHaveLength(1);
    }
  });

  test("repeats an update of one version, which happens once", async () => {
    const created = await direct.create({ user_id: user });
    const { session_id, etag } = created;
    gateway.plan("lose request");
    const updated = await client.update(session_id, { access_token: "1" }, { ifMatch: etag });
    expect(updated).toMatchObject({ access_token: "1" });
    gateway.plan("lose answer");
    const second = { access_token: "2" };
    const unsure = client.update(session_id, second, { ifMatch: updated?.etag ?? "" });
    const expected = { code: "version_mismatch", outcome: "unknown" };
    expect(await rejectionOf(unsure)).toMatchObject(expected);
    expect(await direct.get(session_id)).toMatchObject({ access_token: "2" });
  });

  test("does not replace a token twice", async () => {
    const { session_id } = await direct.create({ user_id: user });
    gateway.plan("lose answer");
    expect(await rejectionOf(client.rotateToken(session_id))).toMatchObject(UNKNOWN);
    expect(gateway.seen).toHaveLength(1);
  });

  test("repeats anything that certainly changed nothing", async () => {
    const { session_id } = await direct.create({ user_id: user });
    gateway.plan({ instead: unavailable(NO_CHANGE) }, { instead: unavailable(NO_CHANGE) });
    const updated = await client.update(session_id, { access_token: "at" });
    expect(updated).toMatchObject({ access_token: "at" });
    gateway.plan({ instead: unavailable(NO_CHANGE) });
    expect(await client.rotateToken(session_id)).toMatchObject({ session_id });
    expect(gateway.seen).toHaveLength(2);
  });

  test("waits as long as the service asks for", async () => {
    gateway.plan({ instead: unavailable(NO_CHANGE, "1") });
    await client.list(user);
    const [first, second] = gateway.seen.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test("waits longer before every further try, by chance", async () => {
    const chances = [0.999, 0.5];
    const random = () => chances.shift() ?? 0;
    const retry = { baseDelayMs: 100, maxDelayMs: 150 };
    const patient = applicationClient(gateway.origin, { random, retry });
    gateway.plan(...failing(3));
    await patient.list(user);
    const waits = gateway.seen.slice(1).map(({ at }, index) => at - (gateway.seen[index]?.at ?? 0));
    expect(waits).toHaveLength(3);
    expect(waits[0]).toBeGreaterThanOrEqual(99);
    expect(waits[1]).toBeGreaterThanOrEqual(74);
    expect(chances).toEqual([]);
  });

  test("does not wait past its deadline", async () => {
    gateway.plan({ instead: unavailable(NO_CHANGE, "30") });
    const start = performance.now();
    expect(await rejectionOf(client.list(user, { timeoutMs: 5_000 }))).toMatchObject({
      code: "store_unavailable",
      outcome: "none",
      retryAfterSeconds: 30,
    });
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test("ends after its last try, and says what became of all of them", async () => {
    const { session_id } = await direct.create({ user_id: user });
    gateway.plan("lose answer", ...failing(9));
    const close = client.close(session_id);
    const last = { code: "store_unavailable", outcome: "unknown", status: 503 };
    expect(await rejectionOf(close)).toMatchObject(last);
    expect(gateway.seen).toHaveLength(4);
    gateway.plan(...failing(9));
    const once = applicationClient(gateway.origin, { retry: false });
    expect(await rejectionOf(once.list(user))).toMatchObject(NO_CHANGE);
    expect(gateway.seen).toHaveLength(1);
  });

  test("does not repeat what would be refused again", async () => {
    for (const [status, code] of [
      [500, "internal"],
      [429, "rate_limited"],
      [507, "of a later version"],
    ] as const) {
      gateway.plan({ instead: problem(status, { code }) });
      await rejectionOf(client.list(user));
      expect(gateway.seen).toHaveLength(1);
    }
  });

  test("asks again while the first create with its key is under way", async () => {
    gateway.plan({ instead: problem(409, { code: "idempotency_in_flight" }) });
    expect(await client.create({ user_id: user })).toMatchObject({ user_id: user });
  });
});

describe("what is not of the service decides nothing:", () => {
  const strangers = {
    "a proxy's 404": new Response("no such page", { status: 404 }),
    "a proxy's 401": Response.json({ code: "unauthenticated" }, { status: 401 }),
    "a login page with status 200": new Response("<html>", { status: 200 }),
    "JSON of something else": Response.json({ hello: "world" }),
    "a redirect": new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    "an empty 204": new Response(null, { status: 204 }),
  };
  const id = "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58";
  const token = `smt_${"A".repeat(64)}`;

  test.each(Object.entries(strangers))("%s", async (_, stranger) => {
    await using gateway = await FaultyGateway.before("http://127.0.0.1:1");
    const client = applicationClient(gateway.origin);
    const wrong = { code: "invalid_answer", status: stranger.status };
    for (const ask of [() => client.get(id), () => client.check(token), () => client.close(id)]) {
      gateway.plan({ instead: stranger.clone() });
      expect(await rejectionOf(ask())).toMatchObject(wrong);
      expect(gateway.seen).toHaveLength(1);
    }
  });
});

function failing(times: number) {
  return Array.from({ length: times }, () => ({ instead: unavailable(NO_CHANGE) }));
}

function unavailable(body: object, retryAfter = "0"): Response {
  return problem(503, { code: "store_unavailable", ...body }, { "retry-after": retryAfter });
}

function problem(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

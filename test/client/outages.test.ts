import { describe, expect, test } from "bun:test";
import { SessionClient, SessionManagerError } from "../../src/client/main.ts";
import { applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { rejectionOf } from "../support/rejection.ts";
import { TcpRelay } from "../support/tcp-relay.ts";

const TOKEN = `smt_${"A".repeat(64)}`;

describe("while the service", () => {
  test("is down, nothing is decided and nothing was changed; afterwards all works again", async () => {
    await using program = await startKeyedProgram();
    const { origin } = program;
    const client = applicationClient(origin, { retry: { maxTries: 2, baseDelayMs: 1 } });
    await client.create({ user_id: "u" });
    await program.kill();
    const down = { code: "unreachable", status: undefined, outcome: "none" };
    expect(await rejectionOf(client.check(TOKEN))).toMatchObject(down);
    expect(await rejectionOf(client.create({ user_id: "u" }))).toMatchObject(down);
    expect(await rejectionOf(client.closeAll("u"))).toMatchObject(down);
    await program.start();
    const again = applicationClient(program.origin);
    expect((await again.list("u")).sessions).toEqual([]);
  });

  test("is frozen, a call ends at its deadline and does not know what became of a change", async () => {
    await using program = await startKeyedProgram();
    const patient = applicationClient(program.origin);
    const client = applicationClient(program.origin, { timeoutMs: 300, tryTimeoutMs: 100 });
    const { session_id } = await patient.create({ user_id: "u" });
    program.signal("SIGSTOP");
    try {
      const reading = await rejectionOf(client.check(TOKEN));
      expect(reading).toMatchObject({ code: "timeout", outcome: "none" });
      const start = performance.now();
      const closing = await rejectionOf(client.close(session_id));
      expect(closing).toMatchObject({ code: "timeout", outcome: "unknown" });
      expect(performance.now() - start).toBeLessThan(2_000);
    } finally {
      program.signal("SIGCONT");
    }
    expect(["over", "not_live", "closed"]).toContain(await patient.close(session_id));
  });

  test("wakes up in time, a read that was tried again is answered", async () => {
    await using program = await startKeyedProgram();
    const client = applicationClient(program.origin, { timeoutMs: 20_000, tryTimeoutMs: 200 });
    await client.create({ user_id: "u" });
    program.signal("SIGSTOP");
    const list = client.list("u", { timeoutMs: 20_000 });
    setTimeout(() => program.signal("SIGCONT"), 300);
    expect((await list).sessions).toHaveLength(1);
  });

  test("has no store, it says so, and that nothing was changed", async () => {
    await using redis = await startRedisServer();
    await using program = await startKeyedProgram({ SESSION_STORE: redis.url });
    const client = applicationClient(program.origin, { retry: false });
    const { session_id, session_token } = await client.create({ user_id: "u" });
    await redis.kill();
    for (const ask of [client.check(session_token), client.get(session_id)])
      expect(await rejectionOf(ask)).toMatchObject({
        code: "store_unavailable",
        status: 503,
        outcome: "none",
        retryAfterSeconds: 1,
      });
  });
});

describe("a connection that is cut", () => {
  test("before the first byte of the answer leads to one session, not to two", async () => {
    await using program = await startKeyedProgram();
    await using relay = await TcpRelay.to(Number(new URL(program.origin).port));
    const client = applicationClient(`http://127.0.0.1:${relay.port}`);
    relay.loseNextReply();
    const { session_id } = await client.create({ user_id: "u" });
    expect((await client.list("u")).sessions).toMatchObject([{ session_id }]);
    relay.loseNextReply();
    expect(await client.close(session_id)).toBe("over");
  });

  test("while it rested does not fail a read", async () => {
    await using program = await startKeyedProgram();
    await using relay = await TcpRelay.to(Number(new URL(program.origin).port));
    const client = applicationClient(`http://127.0.0.1:${relay.port}`);
    await client.create({ user_id: "u" });
    relay.cut();
    expect((await client.list("u")).sessions).toHaveLength(1);
  });
});

function never(): Promise<Response> {
  return new Promise(() => {});
}

describe("a call", () => {
  const idle = new SessionClient({ baseUrl: "http://127.0.0.1:1", fetch: never, timeoutMs: 50 });

  test("ends at its deadline, whether or not fetch heeds the signal", async () => {
    expect(await rejectionOf(idle.list("u"))).toMatchObject({ code: "timeout", outcome: "none" });
    const closing = idle.closeAll("u");
    expect(await rejectionOf(closing)).toMatchObject({ code: "timeout", outcome: "unknown" });
  });

  test("ends with the reason of its own signal, under way and before it began", async () => {
    const reason = new Error("the user went away");
    const controller = new AbortController();
    const options = { signal: controller.signal, timeoutMs: 60_000 };
    const list = idle.list("u", options);
    controller.abort(reason);
    expect(await rejectionOf(list)).toBe(reason);
    expect(await rejectionOf(idle.list("u", options))).toBe(reason);
  });

  test("ends with the reason of its own signal while it waits for another try", async () => {
    const controller = new AbortController();
    const reason = new Error("the user went away");
    const refused = () => {
      setTimeout(() => controller.abort(reason), 1);
      return Promise.reject(new TypeError("fetch failed"));
    };
    const retry = { baseDelayMs: 30_000, maxDelayMs: 30_000 };
    const options = { fetch: refused, retry, random: () => 0.9, timeoutMs: 60_000 };
    const client = new SessionClient({ baseUrl: "http://127.0.0.1:1", ...options });
    expect(await rejectionOf(client.list("u", { signal: controller.signal }))).toBe(reason);
  });

  test("asks for the key before every try, within the deadline", async () => {
    const keys: string[] = [];
    const apiKey = async () => {
      keys.push(`key-${keys.length}`);
      return keys.at(-1) ?? "";
    };
    const seen: (string | null)[] = [];
    const fetch = (_: string, init: RequestInit) => {
      seen.push(new Headers(init.headers).get("authorization"));
      return Promise.reject(new TypeError("fetch failed"));
    };
    const retry = { maxTries: 2, baseDelayMs: 1 };
    const client = new SessionClient({ baseUrl: "http://127.0.0.1:1", apiKey, fetch, retry });
    await rejectionOf(client.list("u"));
    expect(seen).toEqual(["Bearer key-0", "Bearer key-1"]);
    const slow = new SessionClient({
      baseUrl: "http://127.0.0.1:1",
      apiKey: () => new Promise(() => {}),
      timeoutMs: 20,
    });
    const creating = slow.create({ user_id: "u" });
    expect(await rejectionOf(creating)).toMatchObject({ code: "timeout", outcome: "none" });
  });

  test("passes on what the application's own key function throws", async () => {
    const reason = new Error("the vault of keys is closed");
    const apiKey = () => Promise.reject(reason);
    const client = new SessionClient({ baseUrl: "http://127.0.0.1:1", apiKey });
    expect(await rejectionOf(client.list("u"))).toBe(reason);
    expect(reason).not.toBeInstanceOf(SessionManagerError);
  });
});

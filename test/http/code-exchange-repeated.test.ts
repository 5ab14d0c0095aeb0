import { describe, expect, test } from "bun:test";
import { SessionError } from "../../src/session/errors.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { expectProblem } from "../support/answer.ts";
import { exchange, granted, servedExchange } from "../support/served-exchange.ts";
import { until } from "../support/until.ts";

describe("a create with exchange and Idempotency-Key", () => {
  const headers = { "idempotency-key": "key-1" };

  test("that is repeated while it runs waits its turn, and then gets the same answer", async () => {
    const release = Promise.withResolvers<void>();
    const { app, server } = servedExchange(async () => {
      await release.promise;
      return granted();
    });
    await using _ = app;
    const first = exchange(app, {}, headers);
    await until(() => server.redeemed.length === 1, { what: "it was sent", withinMs: 5000 });
    const early = await exchange(app, {}, headers);
    expectProblem(early, "idempotency_in_flight");
    expect(early.headers.get("retry-after")).toBe("1");
    release.resolve();
    const answer = await first;
    expect(answer.status).toBe(201);
    const late = await exchange(app, {}, headers);
    expect([late.status, late.text]).toEqual([201, answer.text]);
    expect(server.redeemed).toHaveLength(1);
  });

  test("and another body is refused, and its code is not wasted", async () => {
    const { app, server } = servedExchange();
    await using _ = app;
    await exchange(app, {}, headers);
    expectProblem(await exchange(app, { device_id: "another" }, headers), "idempotency_mismatch");
    expect(server.redeemed).toHaveLength(1);
    expect(app.revoked).toEqual([]);
  });

  test("and another code is refused, and what that code brought is revoked", async () => {
    const { app } = servedExchange();
    await using _ = app;
    await exchange(app, {}, headers);
    expectProblem(await exchange(app, { auth_code: "another" }, headers), "idempotency_mismatch");
    expect(app.revoked).toEqual(["refresh-2"]);
  });

  test("that failed is not remembered; the code is", async () => {
    const { app } = servedExchange(() => ({ outcome: "refused", error: "invalid_grant" }));
    await using _ = app;
    expectProblem(await exchange(app, {}, headers), "needs_login");
    expectProblem(await exchange(app, {}, headers), "needs_login");
  });
});

describe("a store that fails after the code was redeemed", () => {
  test.each([
    ["none", {}, ["refresh-1"]],
    ["unknown", {}, ["refresh-1"]],
    ["none", { "idempotency-key": "key-1" }, ["refresh-1"]],
    // The session may be there, and the next try with this key would be given it.
    ["unknown", { "idempotency-key": "key-1" }, []],
  ] as const)(
    "with outcome %s and %j: the tokens are revoked or kept",
    async (outcome, headers, revoked) => {
      const { app } = servedExchange(undefined, (now) => new FailingInserts(now, outcome));
      await using _ = app;
      const answer = await exchange(app, {}, headers);
      expectProblem(answer, "store_unavailable");
      expect(app.revoked).toEqual([...revoked]);
    },
  );
});

class FailingInserts extends MemoryStore {
  readonly #outcome: "none" | "unknown";

  constructor(now: () => number, outcome: "none" | "unknown") {
    super(now);
    this.#outcome = outcome;
  }

  override async insert(): Promise<never> {
    throw new SessionError("store_unavailable", this.#outcome, "no");
  }
}

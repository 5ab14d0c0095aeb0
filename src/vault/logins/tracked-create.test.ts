import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { SetClock } from "../../../test/support/clock.ts";
import { rejectionOf } from "../../../test/support/rejection.ts";
import type { AuditEvent } from "../../session/audit.ts";
import { SessionError } from "../../session/errors.ts";
import { SessionManager } from "../../session/manager.ts";
import type { TokenOrigin } from "../../session/session.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { BackChannelLogout } from "../logout/back-channel-logout.ts";
import type { LogoutToken } from "../logout/logout-token.ts";
import { TrackedCreate } from "./tracked-create.ts";

const ACTOR = { caller: "test", requestId: "one" };
const POLICY = { lifetimeSeconds: 3600, idleSeconds: 600, maxPerUser: 100 };

describe.each([
  ["login", { issuer: "main", sid: "login-1", sub: "alice" }, { sid: "login-1" }],
  ["user", { issuer: "main", sub: "alice" }, { sub: "alice" }],
  ["user with a login", { issuer: "main", sid: "login-1", sub: "alice" }, { sub: "alice" }],
] as const)("a create whose %s is logged out", (_, origin, named) => {
  test("just before its session is stored leaves none", async () => {
    const world = new World();
    world.beforeInsert = () => world.logOut(named);
    expect(await world.create(origin)).toMatchObject({ outcome: "logged_out" });
    expect(await world.sessions.list("user007")).toEqual([]);
  });

  test("just after its session is stored leaves none", async () => {
    const world = new World();
    world.afterInsert = () => world.logOut(named);
    expect(await world.create(origin)).toMatchObject({ outcome: "logged_out" });
    expect(await world.sessions.list("user007")).toEqual([]);
    const ends = world.events.flatMap((event) => ("reason" in event ? [event.reason] : []));
    expect(ends).toEqual(["logout"]);
  });

  test("after it was answered is closed by that logout", async () => {
    const world = new World();
    expect(await world.create(origin)).toMatchObject({ outcome: "created" });
    expect(await world.logOut(named)).toEqual({ outcome: "logged_out", closed: 1 });
    expect(await world.sessions.list("user007")).toEqual([]);
  });
});

describe("a create", () => {
  test("of a login that was logged out does not even store a session", async () => {
    const world = new World();
    await world.logOut({ sid: "login-1" });
    world.beforeInsert = () => expect.unreachable("a session was stored");
    const origin = { issuer: "main", sid: "login-1" };
    expect(await world.create(origin)).toEqual({ outcome: "logged_out" });
  });

  test("of a user that was logged out before is a new login", async () => {
    const world = new World();
    await world.logOut({ sub: "alice" });
    expect(await world.create({ issuer: "main", sub: "alice" })).toMatchObject({
      outcome: "created",
    });
  });

  test("of another login, user or auth server is not touched by a logout", async () => {
    const world = new World();
    world.afterInsert = () => world.logOut({ sid: "login-1" });
    for (const origin of [
      { issuer: "main", sid: "login-2" },
      { issuer: "second", sid: "login-1" },
      { issuer: "main", sub: "login-1" },
      undefined,
    ])
      expect(await world.create(origin)).toMatchObject({ outcome: "created" });
  });

  test("that cannot find out about logouts any more closes its session again", async () => {
    const world = new World();
    world.afterInsert = async () => {
      world.store.logins.lastLogout = () => Promise.reject(down());
    };
    const error = await rejectionOf(world.create({ issuer: "main", sid: "login-1" }));
    expect(error).toMatchObject({ code: "store_unavailable" });
    expect(await world.sessions.list("user007")).toEqual([]);
  });

  test("is found by a logout as long as its session may live", async () => {
    const world = new World();
    await world.create({ issuer: "main", sid: "login-1" });
    world.clock.advanceMs(POLICY.lifetimeSeconds * 1000 - 1);
    expect(await world.logOut({ sid: "login-1" })).toMatchObject({ outcome: "logged_out" });
    expect(await world.store.listByUser("user007")).toEqual([]);
  });
});

/** Creates and logouts on one store, with something to happen in between. */
class World {
  readonly clock = new SetClock();
  readonly store = new MemoryStore(() => this.clock.now());
  readonly events: AuditEvent[] = [];
  readonly sessions: SessionManager;
  beforeInsert: () => unknown = () => {};
  afterInsert: () => unknown = () => {};
  readonly #creates: TrackedCreate;
  readonly #logouts: BackChannelLogout;

  constructor() {
    const { store, clock } = this;
    const audit = { record: (event: AuditEvent) => void this.events.push(event) };
    const shared = { store, clock, audit, randomBytes, logins: store.logins };
    this.sessions = new SessionManager({ ...shared, policy: POLICY });
    const create: SessionManager["create"] = async (...args) => {
      await this.beforeInsert();
      const outcome = await this.sessions.create(...args);
      await this.afterInsert();
      return outcome;
    };
    this.#creates = new TrackedCreate({ ...shared, sessions: { create } });
    this.#logouts = new BackChannelLogout({
      ...shared,
      check: async (text) => ({ outcome: "valid", token: JSON.parse(text) as LogoutToken }),
    });
  }

  create(origin: TokenOrigin | undefined) {
    const request = { userId: "user007", attributes: {}, replaceDevice: false };
    return this.#creates.create(origin ? { ...request, origin } : request, ACTOR);
  }

  logOut(named: Partial<LogoutToken>) {
    const jti = randomBytes(6).toString("hex");
    const token = { issuer: "main", jti, endsAt: this.clock.now() + 60_000, ...named };
    return this.#logouts.logOut(JSON.stringify(token), ACTOR);
  }
}

function down(): SessionError {
  return new SessionError("store_unavailable", "none", "no");
}

import { describe, expect, test } from "bun:test";
import { aSession } from "../../test/support/sessions.ts";
import { SessionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { sharesGrant } from "./shared-grant.ts";

const ROOM = { cap: 100, replaceDevice: false };
const LOGIN = { origin: { issuer: "main", sid: "login-1" }, attributes: { refreshToken: "r" } };

describe("the grant of a closed session", () => {
  test("may be that of a live session of the same login", async () => {
    expect(await sharesWith(LOGIN)).toBe(true);
  });

  const others: readonly (readonly [string, Partial<Session>])[] = [
    ["of another login", { ...LOGIN, origin: { issuer: "main", sid: "login-2" } }],
    ["of another auth server", { ...LOGIN, origin: { issuer: "other", sid: "login-1" } }],
    ["of a login without a name", { ...LOGIN, origin: { issuer: "main" } }],
    ["of another user", { ...LOGIN, userId: "somebody" }],
    ["that ran out", { ...LOGIN, expiresAt: Date.now() - 1 }],
    ["that needs a login", { ...LOGIN, needsLogin: true }],
    ["whose own close revokes nothing", { ...LOGIN, attributes: { accessToken: "a" } }],
  ];
  test.each(others)("is not taken for that of a session %s", async (_, shown) => {
    expect(await sharesWith(shown)).toBe(false);
  });

  test("cannot be told where neither login has a name", async () => {
    const nameless = { ...LOGIN, origin: { issuer: "main" } };
    expect(await sharesWith(nameless, aSession(nameless))).toBe(false);
  });

  test("is not its own", async () => {
    const closed = aSession(LOGIN);
    const store = await storeWith(closed);
    expect(await sharesGrant(store, closed, Date.now())).toBe(false);
  });

  test("is looked for beyond a session that cannot be read", async () => {
    const [damaged, live] = [
      aSession({ ...LOGIN, lastUsedAt: Date.now() + 1000 }),
      aSession(LOGIN),
    ];
    const store = await storeWith(damaged, live);
    const find = store.find.bind(store);
    store.find = async (id) => (id === damaged.id ? failing("record_unreadable") : find(id));
    expect(await sharesGrant(store, aSession(LOGIN), Date.now())).toBe(true);
  });

  test("cannot be told while the store fails", async () => {
    const store = await storeWith(aSession(LOGIN));
    store.find = async () => failing("store_unavailable");
    const told = sharesGrant(store, aSession(LOGIN), Date.now());
    expect(await told.catch((error: unknown) => error)).toBeInstanceOf(SessionError);
  });
});

function failing(code: "record_unreadable" | "store_unavailable"): never {
  throw new SessionError(code, "none", "it fails");
}

async function sharesWith(shown: Partial<Session>, closed = aSession(LOGIN)): Promise<boolean> {
  return sharesGrant(await storeWith(aSession(shown)), closed, Date.now());
}

async function storeWith(...sessions: readonly Session[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const session of sessions) await store.insert(session, ROOM);
  return store;
}

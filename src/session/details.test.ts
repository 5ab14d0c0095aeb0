import { describe, expect, test } from "bun:test";
import { aManager, ACTOR } from "../../test/support/manager.ts";
import { storeFailure } from "../../test/support/store-failure.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { listWithDetails } from "./details.ts";
import { SessionError, type SessionErrorCode } from "./errors.ts";
import type { SessionId } from "./id.ts";
import type { Session } from "./session.ts";

/** A memory store in which single sessions cannot be found any more, each for its reason. */
class DamagedStore extends MemoryStore {
  readonly damaged = new Map<SessionId, SessionErrorCode | "gone">();

  override async find(id: SessionId): Promise<Session | undefined> {
    const damage = this.damaged.get(id);
    if (damage === "gone") return undefined;
    if (damage !== undefined) throw new SessionError(damage, "none", "cannot be had");
    return super.find(id);
  }
}

function aDamagedManager() {
  let store: DamagedStore | undefined;
  const parts = aManager({ store: (now) => (store = new DamagedStore(now)) });
  return { ...parts, damaged: store?.damaged ?? new Map<SessionId, SessionErrorCode | "gone">() };
}

describe("a list with details", () => {
  test("is the list, newest use first, with user agent and address where the login brought them", async () => {
    const { manager, logIn, clock } = aManager();
    const bare = await logIn();
    clock.advanceMs(1000);
    const full = await logIn({ userAgent: "curl/8", ipAddress: "192.0.2.1", deviceId: "laptop" });
    await logIn({ userId: "somebody else" });
    const listed = await listWithDetails(manager, "user007");
    const [summary] = await manager.list("user007");
    expect(listed.map(({ id }) => id)).toEqual([full.session.id, bare.session.id]);
    expect(listed[0]).toEqual({
      ...(summary ?? full.session),
      userAgent: "curl/8",
      ipAddress: "192.0.2.1",
    });
    expect(listed[1]).not.toHaveProperty("userAgent");
  });

  test("holds no token, code, email or hash", async () => {
    const { manager, logIn } = aManager();
    const attributes = { authCode: "code", accessToken: "access", userEmail: "a@b.example" };
    await logIn({ attributes, userAgent: "curl/8" });
    const [listed] = await listWithDetails(manager, "user007");
    expect(Object.keys(listed ?? {}).toSorted()).toEqual([
      "createdAt",
      "deviceId",
      "expiresAt",
      "id",
      "idleSeconds",
      "lastUsedAt",
      "userAgent",
      "userId",
    ]);
  });

  test("is no use of the sessions", async () => {
    const { manager, logIn, clock } = aManager();
    await logIn();
    const before = clock.now();
    clock.advanceMs(3_600_000);
    await listWithDetails(manager, "user007");
    expect((await manager.list("user007"))[0]?.lastUsedAt).toBe(before);
  });

  test("of a user nobody knows is empty", async () => {
    expect(await listWithDetails(aManager().manager, "nobody")).toEqual([]);
  });

  test("keeps a session whose record cannot be read, so that it can be closed", async () => {
    const { manager, logIn, damaged } = aDamagedManager();
    const { session } = await logIn({ userAgent: "curl/8" });
    const { session: other } = await logIn({ userAgent: "wget/1" });
    damaged.set(session.id, "record_unreadable");
    const listed = await listWithDetails(manager, "user007");
    const agents = Object.fromEntries(listed.map(({ id, userAgent }) => [id, userAgent]));
    expect(agents).toEqual({ [session.id]: undefined, [other.id]: "wget/1" });
    expect(await manager.close(session.id, ACTOR)).toBe(true);
  });

  test("leaves out what was closed while it was read", async () => {
    const { manager, logIn, damaged } = aDamagedManager();
    const { session } = await logIn();
    const { session: other } = await logIn();
    damaged.set(session.id, "gone");
    expect((await listWithDetails(manager, "user007")).map(({ id }) => id)).toEqual([other.id]);
  });

  test("is not given at all when the store fails for one of them", async () => {
    const { manager, logIn, damaged } = aDamagedManager();
    const { session } = await logIn();
    await logIn();
    damaged.set(session.id, "store_unavailable");
    const error = await storeFailure(listWithDetails(manager, "user007"));
    expect(error.code).toBe("store_unavailable");
  });

  test("names every session of who has very many, the newest with details", async () => {
    const { manager, logIn, clock } = aManager({ policy: { maxPerUser: 1000 } });
    for (let i = 0; i < 250; i++) {
      await logIn({ userAgent: `agent/${i}` });
      clock.advanceMs(1);
    }
    const listed = await listWithDetails(manager, "user007");
    expect(listed).toHaveLength(250);
    expect(listed[0]?.userAgent).toBe("agent/249");
    expect(listed.filter(({ userAgent }) => userAgent !== undefined)).toHaveLength(200);
  });
});

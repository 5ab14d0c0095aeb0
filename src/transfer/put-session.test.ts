import { describe, expect, test } from "bun:test";
import { aSession, nextOf } from "../../test/support/sessions.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { putSession } from "./put-session.ts";

describe("to put a session into a store", () => {
  test("adds it as it is, and doing it again changes nothing", async () => {
    const store = new MemoryStore();
    const session = aSession();
    expect(await putSession(store, session)).toBe("added");
    expect(await putSession(store, session)).toBe("same");
    expect(await store.find(session.id)).toEqual(session);
  });

  test("closes none of its user's, however many there are", async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 150; n++) await putSession(store, aSession());
    expect(await store.listByUser("user007")).toHaveLength(150);
  });

  test("replaces an older state, and brings the last use", async () => {
    const store = new MemoryStore();
    const older = aSession();
    const newer = nextOf(older, {
      attributes: { authCode: "n" },
      lastUsedAt: older.lastUsedAt + 9,
    });
    await putSession(store, older);
    expect(await putSession(store, newer)).toBe("updated");
    expect(await store.find(older.id)).toEqual(newer);
  });

  test("leaves a newer state", async () => {
    const store = new MemoryStore();
    const older = aSession();
    const newer = nextOf(older, { attributes: { authCode: "n" } });
    await putSession(store, newer);
    expect(await putSession(store, older)).toBe("kept");
    expect(await store.find(older.id)).toEqual(newer);
  });

  test("of two states with one counter keeps the one that was updated later", async () => {
    const store = new MemoryStore();
    const one = aSession({ version: "2-AAAAAAAA", updatedAt: 10 });
    const later = { ...one, version: "2-BBBBBBBB", updatedAt: 11 };
    await putSession(store, one);
    expect(await putSession(store, later)).toBe("updated");
    expect(await putSession(store, one)).toBe("kept");
    expect((await store.find(one.id))?.version).toBe(later.version);
  });

  test("of one state only moves the last use forward", async () => {
    const store = new MemoryStore();
    const session = aSession();
    const used = { ...session, lastUsedAt: session.lastUsedAt + 1000 };
    await putSession(store, session);
    expect(await putSession(store, used)).toBe("updated");
    expect(await putSession(store, session)).toBe("kept");
    expect((await store.find(session.id))?.lastUsedAt).toBe(used.lastUsedAt);
  });
});

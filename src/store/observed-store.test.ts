import { describe, expect, test } from "bun:test";
import { aSession } from "../../test/support/sessions.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { ObservedStore, type StoreCall } from "./observed-store.ts";

describe("an observed store", () => {
  test("is the store it was given", async () => {
    const { store } = observed();
    const session = aSession();
    await store.insert(session, { cap: 10, replaceDevice: false });
    expect(await store.find(session.id)).toEqual(session);
    expect(await store.delete(session.id)).toMatchObject({ id: session.id });
    expect(await store.find(session.id)).toBeUndefined();
  });

  test("tells each call and how long it took", async () => {
    const { store, calls } = observed();
    await store.listByUser("user007");
    await store.ping();
    expect(calls.map(({ call, failure }) => [call, failure])).toEqual([
      ["listByUser", undefined],
      ["ping", undefined],
    ]);
    expect(calls.every(({ seconds }) => seconds >= 0 && seconds < 1)).toBe(true);
  });

  test("tells a failed call with its code, and throws what the store threw", async () => {
    const { store, calls } = observed();
    await store.close();
    const thrown = await store.find(aSession().id).catch((error: unknown) => error);
    expect(thrown).toHaveProperty("code", "store_unavailable");
    expect(calls).toMatchObject([{ call: "find", failure: "store_unavailable" }]);
  });
});

function observed(): { store: ObservedStore; calls: StoreCall[] } {
  const calls: StoreCall[] = [];
  return { store: new ObservedStore(new MemoryStore(), (call) => calls.push(call)), calls };
}

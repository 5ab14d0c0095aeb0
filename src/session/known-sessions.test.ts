import { describe, expect, test } from "bun:test";
import { SetClock } from "../../test/support/clock.ts";
import { ACTOR, aManager } from "../../test/support/manager.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { SessionId } from "./id.ts";
import type { Session } from "./session.ts";

/** Knows at once whatever it was made to read. */
class KnowingStore extends MemoryStore {
  readonly #read = new Map<SessionId, Session>();

  override async find(id: SessionId): Promise<Session | undefined> {
    const session = await super.find(id);
    if (session) this.#read.set(id, session);
    return session;
  }

  known(id: SessionId): Session | undefined {
    return this.#read.get(id);
  }
}

async function aKnownSession(policy = {}) {
  const made = aManager({ policy, store: (now) => new KnowingStore(now) });
  const { session, token } = await made.logIn();
  await made.manager.get(session.id, { use: false });
  return { ...made, session, token, known: made.manager.known };
}

describe("a session in memory is known at once", () => {
  test("by its own token", async () => {
    const { known, session, token } = await aKnownSession();
    expect(known.check(token)?.id).toBe(session.id);
    expect(known.get(session.id, { use: true })?.id).toBe(session.id);
  });

  test("not by a token with its id and another secret, and not by any other text", async () => {
    const { known, token, logIn } = await aKnownSession();
    const bytes = Buffer.from(token.slice(4), "base64url");
    bytes[47] = (bytes[47] ?? 0) ^ 1;
    expect(known.check(`smt_${bytes.toString("base64url")}`)).toBeUndefined();
    for (const text of ["", "smt_", token.slice(0, -1), `${token}=`, (await logIn()).token])
      expect(known.check(text)).toBeUndefined();
  });

  test("again by its own token, but not by one that was rotated out meanwhile", async () => {
    const { known, manager, session, token } = await aKnownSession();
    expect(known.check(token)?.id).toBe(session.id);
    expect(known.check(token)?.id).toBe(session.id);
    const rotated = await manager.rotateToken(session.id, ACTOR);
    await manager.get(session.id, { use: false });
    expect(known.check(token)).toBeUndefined();
    expect(known.check(rotated?.token ?? "")?.id).toBe(session.id);
    expect(known.check(token)).toBeUndefined();
  });

  test("not once it is over, by any of its deadlines", async () => {
    const { known, session, token, clock } = await aKnownSession({ idleSeconds: 0 });
    expect(known.check(token)?.id).toBe(session.id);
    clock.advanceMs(session.expiresAt - clock.now());
    expect(known.check(token)).toBeUndefined();
    expect(known.get(session.id, { use: false })).toBeUndefined();
  });

  test("not when it was created before the time that the policy sets", async () => {
    const notBefore = new SetClock().now() + 1000;
    const { known, session, clock } = await aKnownSession({ notBefore });
    expect(known.get(session.id, { use: false })?.id).toBe(session.id);
    clock.advanceMs(1000);
    expect(known.get(session.id, { use: false })).toBeUndefined();
  });

  test("not when a use of it is to be recorded: that is for the manager", async () => {
    const { known, manager, session, token, clock } = await aKnownSession({ idleSeconds: 6000 });
    clock.advanceMs(60_000);
    expect(known.check(token)).toBeUndefined();
    expect(known.get(session.id, { use: false })?.id).toBe(session.id);
    expect((await manager.check(token))?.lastUsedAt).toBe(clock.now());
  });
});

test("without a memory nothing is known at once", async () => {
  const { manager, logIn } = aManager();
  const { session, token } = await logIn();
  await manager.check(token);
  expect(manager.known.check(token)).toBeUndefined();
  expect(manager.known.get(session.id, { use: false })).toBeUndefined();
});

import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { AuditEvent } from "./audit.ts";
import { SessionManager } from "./manager.ts";

const ACTOR = { caller: "test", requestId: "r1" };
const START = Date.parse("2026-01-01T00:00:00Z");

function aManager() {
  let now = START;
  const events: AuditEvent[] = [];
  const manager = new SessionManager({
    store: new MemoryStore(() => now),
    policy: { lifetimeSeconds: 1000, idleSeconds: 500, maxPerUser: 10 },
    clock: { now: () => now },
    randomBytes,
    audit: { record: (event) => void events.push(event) },
  });
  const logIn = async (userId: string) => {
    const created = await manager.create({ userId, attributes: {}, replaceDevice: false }, ACTOR);
    if (created.outcome !== "created") throw new Error("not created");
    return created;
  };
  return { manager, events, logIn, advance: (ms: number) => void (now += ms) };
}

test("the token of a live session is that session", async () => {
  const { manager, logIn } = aManager();
  const { session, token } = await logIn("ann");
  expect((await manager.check(token))?.id).toBe(session.id);
});

test("a token with the id of one session and the secret of another opens neither", async () => {
  const { manager, logIn } = aManager();
  const one = Buffer.from((await logIn("ann")).token.slice(4), "base64url");
  const other = Buffer.from((await logIn("ann")).token.slice(4), "base64url");
  const mixed = Buffer.concat([one.subarray(0, 16), other.subarray(16)]).toString("base64url");
  expect(await manager.check(`smt_${mixed}`)).toBeUndefined();
});

test("texts that are not a token are refused, also those that decode to the same bytes", async () => {
  const { manager, logIn } = aManager();
  const { token } = await logIn("ann");
  const standardAlphabet = token.replaceAll("-", "+").replaceAll("_", "/").replace("smt/", "smt_");
  const texts = [
    "",
    "smt_",
    token.slice(0, -1),
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
    token.slice(4),
  ];
  if (standardAlphabet !== token) texts.push(standardAlphabet);
  for (const text of texts) expect(await manager.check(text)).toBeUndefined();
});

test("the token of a closed session and of an expired one are refused", async () => {
  const { manager, logIn, advance } = aManager();
  const closed = await logIn("ann");
  await manager.close(closed.session.id, ACTOR);
  expect(await manager.check(closed.token)).toBeUndefined();
  const expired = await logIn("ann");
  advance(1_000_000);
  expect(await manager.check(expired.token)).toBeUndefined();
});

test("a check is a use: it keeps the session from its idle deadline", async () => {
  const { manager, logIn, advance } = aManager();
  const { token } = await logIn("ann");
  advance(400_000);
  expect((await manager.check(token))?.lastUsedAt).toBe(START + 400_000);
  advance(400_000);
  expect(await manager.check(token)).toBeDefined();
});

test("after a rotation the new token works, the old one does not, and the id stays", async () => {
  const { manager, logIn, events } = aManager();
  const { session, token } = await logIn("ann");
  const rotated = await manager.rotateToken(session.id, ACTOR);
  expect(rotated?.session.id).toBe(session.id);
  expect(await manager.check(token)).toBeUndefined();
  expect((await manager.check(rotated?.token ?? ""))?.id).toBe(session.id);
  expect(events.at(-1)).toMatchObject({ event: "session_token_rotated", sessionId: session.id });
});

test("of two rotations by the same token only one succeeds", async () => {
  const { manager, logIn } = aManager();
  const { session, token } = await logIn("ann");
  const results = await Promise.all([
    manager.rotateToken(session.id, ACTOR, token),
    manager.rotateToken(session.id, ACTOR, token),
  ]);
  expect(results.filter((result) => result !== undefined)).toHaveLength(1);
});

test("a closed session gets no new token", async () => {
  const { manager, logIn } = aManager();
  const { session } = await logIn("ann");
  await manager.close(session.id, ACTOR);
  expect(await manager.rotateToken(session.id, ACTOR)).toBeUndefined();
});

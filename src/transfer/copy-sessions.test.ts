import { describe, expect, test } from "bun:test";
import { MemoryScan } from "../../test/support/memory-scan.ts";
import { aSession, anExpiredSession, nextOf } from "../../test/support/sessions.ts";
import type { Session } from "../session/session.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { Scanned } from "../store/session-scan.ts";
import { type CopyParts, copySessions } from "./copy-sessions.ts";

const SESSIONS = Array.from({ length: 450 }, (_, n) => aSession({ userId: `user${n % 9}` }));

describe("a copy", () => {
  test("brings every live session, counts what ran out, and finds both sides equal", async () => {
    const target = new Target();
    const { end, counts, comparison } = await copied([...SESSIONS, anExpiredSession()], target);
    expect(end).toBe("finished");
    expect(counts).toEqual({ added: 450, same: 0, updated: 0, kept: 0, expired: 1, unreadable: 0 });
    expect(comparison?.source).toEqual(comparison?.target ?? { sessions: 0, digest: "" });
    expect(comparison).toMatchObject({ source: { sessions: 450 }, others: 0 });
  });

  test("that was interrupted ends after the page under way, and goes on the next time", async () => {
    const target = new Target();
    const interrupt = new AbortController();
    const first = await copied(SESSIONS, target, {
      signal: interrupt.signal,
      onProgress: () => interrupt.abort(),
    });
    expect([first.end, first.counts.added, first.comparison]).toEqual([
      "interrupted",
      200,
      undefined,
    ]);
    const second = await copied(SESSIONS, target);
    expect(second.counts).toMatchObject({ added: 250, same: 200 });
    expect(second.comparison?.target.digest).toBe(second.comparison?.source.digest ?? "");
  });

  test("tells of sessions that only the target has, and closes them when it is told to", async () => {
    const target = new Target();
    await copied(SESSIONS, target);
    const left = SESSIONS.slice(5);
    const told = await copied(left, target);
    expect(told.comparison).toMatchObject({ others: 5, removed: 0, target: { sessions: 445 } });
    const closed = await copied(left, target, { removesOthers: true });
    expect(closed.comparison).toMatchObject({ others: 0, removed: 5 });
    expect((await target.all()).map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  });

  test("finds the sides different when the target has a newer state, and leaves that", async () => {
    const target = new Target();
    const [first] = SESSIONS as [Session];
    await target.put(nextOf(first, { attributes: { authCode: "newer" } }));
    const { counts, comparison } = await copied(SESSIONS, target);
    expect(counts).toMatchObject({ added: 449, kept: 1 });
    expect(comparison?.target.digest).not.toBe(comparison?.source.digest ?? "");
  });

  test("tells of a session that cannot be opened and goes on; when strict it stops", async () => {
    const unreadable: Scanned = { where: SESSIONS[0]?.id ?? "", unreadable: "it is broken" };
    const told: string[] = [];
    const onUnreadable = (reason: string) => void told.push(reason);
    const lenient = await copied(SESSIONS, new Target(), { onUnreadable }, unreadable);
    expect([lenient.end, lenient.counts.unreadable, told]).toEqual([
      "finished",
      1,
      ["it is broken"],
    ]);
    const strict = await copied(SESSIONS, new Target(), { isStrict: true }, unreadable);
    expect(strict.end).toBe("stopped");
  });
});

/** A memory store that can be scanned. */
class Target {
  readonly store = new MemoryStore();
  readonly #ids = new Set<Session["id"]>();

  async put(session: Session): Promise<void> {
    this.#ids.add(session.id);
    await this.store.insert(session, { cap: 1000, replaceDevice: false });
  }

  know(sessions: readonly Session[]): void {
    for (const { id } of sessions) this.#ids.add(id);
  }

  async all(): Promise<readonly Session[]> {
    const found = await Promise.all([...this.#ids].map((id) => this.store.find(id)));
    return found.filter((session) => session !== undefined);
  }
}

async function copied(
  sessions: readonly Session[],
  target: Target,
  parts: Partial<CopyParts> = {},
  unreadable?: Scanned,
) {
  target.know(sessions);
  const source = new MemoryScan(() => sessions, unreadable);
  return copySessions({
    source,
    target: target.store,
    targetScan: new MemoryScan(() => target.all()),
    policy: {},
    now: Date.now,
    signal: new AbortController().signal,
    onProgress: () => {},
    onUnreadable: () => {},
    isStrict: false,
    removesOthers: false,
    ...parts,
  });
}

import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { aFullSession } from "../../test/support/filled-database.ts";
import { MemoryScan } from "../../test/support/memory-scan.ts";
import { anExpiredSession, inIdOrder } from "../../test/support/sessions.ts";
import type { Session } from "../session/session.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { exportSessions } from "./export-sessions.ts";
import { importSessions } from "./import-sessions.ts";

const KEY = Buffer.alloc(32, 7);
const SESSIONS = Array.from({ length: 5 }, (_, n) => aFullSession({ userId: `user${n}` }));

describe("an export, sealed", () => {
  test("shows nothing of a session, and brings every one back, but for what ran out", async () => {
    const { text, result } = await exported([...SESSIONS, anExpiredSession()]);
    expect(result).toMatchObject({ end: "finished", sessions: 5, expired: 1, unreadable: 0 });
    expect(text).not.toMatch(/user1|access|example\.org/);
    const { store, outcome } = await imported(text);
    expect(outcome).toMatchObject({ end: "finished", counts: { added: 5, bad: 0 } });
    expect(outcome.read).toEqual(outcome.written ?? outcome.read);
    expect(outcome.written?.digest).toBe(result.digest);
    expect(await allIn(store)).toEqual(inIdOrder(SESSIONS.map(withBuffer)));
  });

  test("opens with its own key only", async () => {
    const { text } = await exported(SESSIONS);
    const { outcome, told } = await imported(text, { keys: [Buffer.alloc(32, 8)] });
    expect(outcome.counts).toMatchObject({ added: 0, bad: 6 });
    expect(told[0]).toMatch(/^2: cannot be opened: sealed with key [0-9a-f]{8}, /);
  });

  test("takes no line of another export", async () => {
    const [one, two] = [await exported(SESSIONS), await exported(SESSIONS)];
    const foreign = two.text.split("\n")[1] ?? "";
    const { outcome, told } = await imported(one.text.replace("\n", `\n${foreign}\n`));
    expect(told).toEqual(["2: cannot be opened: a sealed value was altered or moved"]);
    expect(outcome.counts).toMatchObject({ added: 5, bad: 1 });
  });
});

describe("an import", () => {
  test("of the same file again changes nothing", async () => {
    const { text } = await exported(SESSIONS);
    const { store } = await imported(text);
    const { outcome } = await imported(text, { store });
    expect(outcome.counts).toMatchObject({ added: 0, same: 5 });
  });

  test("tells each bad line with its number and imports the others", async () => {
    const { text } = await exported(SESSIONS, { isPlain: true });
    const lines = text.split("\n");
    lines.splice(2, 0, "{", '{"session":{"id":"x"}}', "null");
    const { store, outcome, told } = await imported(lines.join("\n"));
    expect(told).toEqual([
      "3: is not a JSON object",
      "4: id: is not a session id",
      "5: is not a JSON object",
    ]);
    expect(outcome).toMatchObject({ end: "finished", counts: { added: 5, bad: 3 } });
    expect(await allIn(store)).toHaveLength(5);
  });

  test("when it is strict stops at the first bad line, and what came before is there", async () => {
    const { text } = await exported(SESSIONS, { isPlain: true });
    const lines = text.split("\n");
    lines.splice(3, 0, "{");
    const { store, outcome } = await imported(lines.join("\n"), { isStrict: true });
    expect(outcome).toMatchObject({ end: "stopped", counts: { added: 2, bad: 1 } });
    expect(await allIn(store)).toHaveLength(2);
  });

  test("tells of a missing end, and of a missing line by count and digest", async () => {
    const { text } = await exported(SESSIONS);
    const lines = text.trimEnd().split("\n");
    const cut = await imported(lines.slice(0, -1).join("\n"));
    expect(cut.outcome.written).toBeUndefined();
    const short = await imported(lines.toSpliced(2, 1).join("\n"));
    expect(short.outcome.written?.sessions).toBe(5);
    expect(short.outcome.read).not.toEqual(short.outcome.written ?? short.outcome.read);
  });

  for (const text of ["", "hello", '{"format":"session-manager-sessions","version":2}\n'])
    test(`of what is no export of this version changes nothing: ${JSON.stringify(text)}`, async () => {
      const { outcome } = await imported(text);
      expect(outcome).toMatchObject({ end: "not_an_export", counts: { added: 0 } });
    });

  test("leaves out what ran out since", async () => {
    const { text } = await exported(SESSIONS);
    const later = Date.now() + 90 * 86_400_000;
    const { outcome } = await imported(text, { now: () => later });
    expect(outcome.counts).toMatchObject({ added: 0, expired: 5 });
  });
});

async function exported(sessions: readonly Session[], { isPlain = false } = {}) {
  let text = "";
  const result = await exportSessions({
    source: new MemoryScan(() => sessions),
    policy: {},
    now: Date.now,
    randomBytes,
    keys: isPlain ? undefined : [KEY],
    write: async (more) => void (text += more),
    signal: new AbortController().signal,
    onProgress: () => {},
    onUnreadable: () => {},
  });
  return { text, result };
}

async function imported(
  text: string,
  { store = new MemoryStore(), keys = [KEY], isStrict = false, now = Date.now } = {},
) {
  const told: string[] = [];
  const outcome = await importSessions({
    chunks: (async function* () {
      yield Buffer.from(text);
    })(),
    openTarget: async () => store,
    keys,
    policy: {},
    now,
    signal: new AbortController().signal,
    onProgress: () => {},
    onBadLine: (line, reason) => void told.push(`${line}: ${reason}`),
    isStrict,
  });
  return { store, outcome, told };
}

async function allIn(store: MemoryStore): Promise<readonly Session[]> {
  const found = await Promise.all(SESSIONS.map(({ id }) => store.find(id)));
  return inIdOrder(found.filter((session) => session !== undefined));
}

/** Read back, bytes are a Buffer. */
function withBuffer(session: Session): Session {
  return { ...session, tokenHash: Buffer.from(session.tokenHash) };
}

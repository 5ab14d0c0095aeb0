import { createInterface } from "node:readline";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { SessionError } from "../../src/session/errors.ts";
import type { SessionId } from "../../src/session/id.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { aSession, nextOf } from "./sessions.ts";

/**
 * A process with a SQLite store, for sqlite-process.ts: `bun sqlite-child.ts <path> <key as hex>`. Answers each line
 * {call, name, args} of its input with a line {call, value} or {call, error}; the first line it writes tells how
 * opening went.
 */
const [path = "", key = ""] = process.argv.slice(2);

type Verbs = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

function verbsOf(store: SessionStore): Verbs {
  const verbs: Verbs = {
    insert: async (userId: string, accessToken: string) => {
      const session = aSession({ userId, attributes: { accessToken } });
      await store.insert(session, { cap: 1_000_000, replaceDevice: false });
      return session.id;
    },
    replace: async (id: SessionId, accessToken: string) => {
      const session = await store.find(id);
      if (!session) return "gone";
      return store.replace(nextOf(session, { attributes: { accessToken } }), session.version);
    },
    touch: async (id: SessionId) => {
      const session = await store.find(id);
      return session ? store.touch(session, Date.now()) : "gone";
    },
    accessToken: async (id: SessionId) => (await store.find(id))?.attributes.accessToken,
    delete: async (id: SessionId) => (await store.delete(id)) !== undefined,
    deleteByUser: async (userId: string) => (await store.deleteByUser(userId)).length,
    list: async (userId: string) => (await store.listByUser(userId)).map(({ id }) => id),
    warnings: async () => (await store.ping()).warnings,
    close: () => store.close(),
    /** Calls in one turn of the event loop, each [name, ...args]; resolves to the error of each, null for none. */
    inOneTurn: (...calls: (readonly [string, ...never[]])[]) =>
      Promise.all(
        calls.map(async ([name, ...args]) => verbs[name]?.(...args).then(() => null, told)),
      ),
  };
  return verbs;
}

function say(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function told(error: unknown): unknown {
  if (error instanceof SessionError)
    return { code: error.code, outcome: error.outcome, message: error.message };
  return { message: String(error) };
}

async function answer(verbs: Verbs, line: string): Promise<void> {
  const { call, name, args } = JSON.parse(line) as { call: number; name: string; args: never[] };
  try {
    say({ call, value: await verbs[name]?.(...args) });
  } catch (error) {
    say({ call, error: told(error) });
  }
}

try {
  const keyRing = new KeyRing([Buffer.from(key, "hex")]);
  const store = await openSqliteStore(path, { now: Date.now, keyRing, deadlineMs: 2000 });
  const verbs = verbsOf(store);
  say({ call: 0 });
  for await (const line of createInterface({ input: process.stdin })) void answer(verbs, line);
} catch (error) {
  say({ call: 0, error: told(error) });
}

import type { SessionId } from "../../../src/session/id.ts";
import type { Session, SessionSummary } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { aSession, idsOf, nextOf } from "../../support/sessions.ts";
import { type Entry, timed } from "./history.ts";

/** Sessions that a user may have. */
export const CAP = 6;
/** Creates, or replaces of one session, that begin at the same moment. */
const BURST = 10;
const DEVICES = 5;
const PAUSE_MS = 2;

/**
 * Many callers at once, each repeating random operations on one of a few users' sessions, through one of the clients.
 * `history` has every operation that was answered.
 */
export class Workload {
  readonly history: Entry[] = [];
  readonly #clients: readonly SessionStore[];
  readonly #users: readonly string[];
  readonly #made = new Map<string, Session[]>();
  #touches = 0;
  #isStopped = false;
  #callers: Promise<unknown> = Promise.resolve();

  constructor(clients: readonly SessionStore[], users: readonly string[]) {
    this.#clients = clients;
    this.#users = users;
  }

  start(): void {
    const callers = this.#users.flatMap((userId) =>
      this.#clients.map((client) => this.#call(client, userId)),
    );
    this.#callers = Promise.all(callers);
  }

  /** Lets every caller end what it does. Throws what a caller met that no store may throw. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#callers;
  }

  /** Reads all that was ever made, and each user's list, through `client`, and adds it to the history. */
  async readAll(client: SessionStore): Promise<void> {
    for (const userId of this.#users) {
      await this.#list(client, userId);
      for (const { id } of this.#made.get(userId) ?? []) await this.#find(client, id);
    }
  }

  async #call(client: SessionStore, userId: string): Promise<void> {
    while (!this.#isStopped) {
      await this.#anyOperation(client, userId);
      await Bun.sleep(PAUSE_MS);
    }
  }

  async #anyOperation(client: SessionStore, userId: string): Promise<void> {
    const dice = Math.random();
    const session = oneOf(this.#made.get(userId)?.slice(-2 * CAP));
    if (!session || dice < 0.2) return this.#insert(client, userId);
    if (dice < 0.35) return void (await this.#find(client, session.id));
    if (dice < 0.45) return this.#list(client, userId);
    if (dice < 0.62) return this.#replace([client], session.id);
    if (dice < 0.65) return this.#replace(this.#manyClients(), session.id);
    if (dice < 0.77) return this.#touch(client, session);
    if (dice < 0.92) return this.#delete(client, session.id);
    if (dice < 0.95) return this.#insertMany(userId);
    return this.#deleteByUser(client, userId, dice < 0.975 ? session.id : undefined);
  }

  #manyClients(): readonly SessionStore[] {
    return Array.from({ length: BURST }, (_, n) => n % this.#clients.length).flatMap(
      (at) => this.#clients[at] ?? [],
    );
  }

  async #insertMany(userId: string): Promise<void> {
    await Promise.all(this.#manyClients().map((client) => this.#insert(client, userId)));
  }

  async #insert(client: SessionStore, userId: string): Promise<void> {
    const deviceId = `device ${Math.floor(Math.random() * DEVICES)}`;
    const session = aSession({ userId, deviceId });
    const options = { cap: CAP, replaceDevice: Math.random() < 0.2 };
    const entry = await timed(async () => {
      const inserted = await client.insert(session, options);
      if (inserted.outcome !== "inserted") throw new Error(`the insert was ${inserted.outcome}`);
      return ids([...inserted.evicted, ...inserted.replaced, ...inserted.expired]);
    });
    this.history.push({ verb: "insert", session, ...entry });
    const made = this.#made.get(userId);
    if (made) made.push(session);
    else this.#made.set(userId, [session]);
  }

  async #find(client: SessionStore, id: SessionId): Promise<Session | undefined> {
    const entry = await timed(() => client.find(id));
    this.history.push({ verb: "find", id, ...entry });
    return entry.told.outcome === "ok" ? entry.told.value : undefined;
  }

  async #list(client: SessionStore, userId: string): Promise<void> {
    const entry = await timed(() => client.listByUser(userId));
    this.history.push({ verb: "list", userId, ...entry });
  }

  /** All clients replace what the first of them read. */
  async #replace(clients: readonly SessionStore[], id: SessionId): Promise<void> {
    const [first] = clients;
    const found = first && (await this.#find(first, id));
    if (!found) return;
    await Bun.sleep(Math.random() < 0.5 ? 0 : PAUSE_MS);
    const base = found.version;
    await Promise.all(
      clients.map(async (client) => {
        const next = nextOf(found);
        const entry = await timed(() => client.replace(next, base));
        this.history.push({ verb: "replace", base, next, ...entry });
      }),
    );
  }

  /** Each touch has an instant of its own, so that a read tells which touch it shows. */
  async #touch(client: SessionStore, session: Session): Promise<void> {
    const lastUsedAt = session.lastUsedAt + 1000 + this.#touches++;
    const entry = await timed(() => client.touch(session, lastUsedAt));
    this.history.push({ verb: "touch", id: session.id, lastUsedAt, ...entry });
  }

  async #delete(client: SessionStore, id: SessionId): Promise<void> {
    const entry = await timed(async () => {
      const removed = await client.delete(id);
      return removed ? [removed.id] : [];
    });
    this.history.push({ verb: "delete", id, ...entry });
  }

  async #deleteByUser(
    client: SessionStore,
    userId: string,
    exceptId: SessionId | undefined,
  ): Promise<void> {
    const entry = await timed(async () => ids(await client.deleteByUser(userId, exceptId)));
    this.history.push({ verb: "deleteByUser", userId, exceptId, ...entry });
  }
}

function ids(sessions: readonly SessionSummary[]): readonly SessionId[] {
  return idsOf(sessions) as readonly SessionId[];
}

function oneOf<T>(items: readonly T[] | undefined): T | undefined {
  return items?.[Math.floor(Math.random() * items.length)];
}

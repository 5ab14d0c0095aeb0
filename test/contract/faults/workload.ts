import type { SessionId } from "../../../src/session/id.ts";
import type { Session, SessionSummary } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { aSession, idsOf, nextOf } from "../../support/sessions.ts";
import { type Entry, timed } from "./history.ts";

const CAP = 6;
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
    if (!session || dice < 0.25) return this.#insert(client, userId);
    if (dice < 0.4) return void (await this.#find(client, session.id));
    if (dice < 0.5) return this.#list(client, userId);
    if (dice < 0.68) return this.#replace(client, session.id);
    if (dice < 0.8) return this.#touch(client, session);
    if (dice < 0.95) return this.#delete(client, session.id);
    return this.#deleteByUser(client, userId, dice < 0.975 ? session.id : undefined);
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
    this.#made.set(userId, [...(this.#made.get(userId) ?? []), session]);
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

  async #replace(client: SessionStore, id: SessionId): Promise<void> {
    const found = await this.#find(client, id);
    if (!found) return;
    await Bun.sleep(Math.random() < 0.5 ? 0 : PAUSE_MS);
    const next = nextOf(found);
    const entry = await timed(() => client.replace(next, found.version));
    this.history.push({ verb: "replace", next, ...entry });
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

import { SessionError } from "../../session/errors.ts";
import type { SessionId } from "../../session/id.ts";
import {
  type Session,
  type SessionSummary,
  type Version,
  byNewestUse,
  deadlineOf,
  isLive,
  isRevocable,
} from "../../session/session.ts";
import type {
  IdempotencyEntry,
  InsertOptions,
  InsertOutcome,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../../session/store.ts";
import { noteOrigin } from "../../vault/logout/subjects.ts";
import { MemoryLogins } from "./memory-logins.ts";
import { MemoryRevocations } from "./memory-revocations.ts";

/**
 * The store contract in its most readable form, and the model the other stores are compared with. Keeps everything in
 * this process and forgets it on exit. Keeps and gives copies: what a caller does to its objects stays with the caller.
 */
export class MemoryStore implements SessionStore {
  readonly #sessions = new Map<SessionId, Session>();
  readonly #byUser = new Map<string, Set<SessionId>>();
  readonly #answers = new Map<string, IdempotencyEntry>();
  readonly revocations: MemoryRevocations;
  readonly logins: MemoryLogins;
  readonly #now: () => number;
  #closed = false;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.revocations = new MemoryRevocations(now);
    this.logins = new MemoryLogins({ now, findAnswer: (key) => this.#keptFor(key) });
  }

  async insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    this.#assertOpen();
    if (session.origin) await noteOrigin(this.logins, session);
    const earlier = options.idempotency && this.#answerOf(options.idempotency);
    if (earlier) return earlier;
    if (this.#sessions.has(session.id)) return { outcome: "exists" };
    const now = this.#now();
    const expired = this.#removeAll(this.#ofUser(session.userId).filter((s) => !isLive(s, now)));
    const sameDevice = (s: Session) => options.replaceDevice && s.deviceId === session.deviceId;
    const replaced = this.#closeAll(this.#ofUser(session.userId).filter(sameDevice));
    const leastRecentFirst = this.#ofUser(session.userId).toSorted(byNewestUse).toReversed();
    const over = Math.max(0, leastRecentFirst.length + 1 - options.cap);
    const evicted = this.#closeAll(leastRecentFirst.slice(0, over));
    this.#put(session);
    if (options.idempotency)
      this.#answers.set(nameOf(options.idempotency.key), structuredClone(options.idempotency));
    return { outcome: "inserted", evicted, replaced, expired };
  }

  async find(id: SessionId): Promise<Session | undefined> {
    this.#assertOpen();
    return structuredClone(this.#sessions.get(id));
  }

  async replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    this.#assertOpen();
    const stored = this.#sessions.get(session.id);
    if (!stored) return "gone";
    if (stored.version !== version) return "conflict";
    this.#sessions.set(session.id, structuredClone({ ...session, lastUsedAt: stored.lastUsedAt }));
    return "replaced";
  }

  async touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    this.#assertOpen();
    const stored = this.#sessions.get(session.id);
    if (!stored || !isLive(stored, this.#now())) return "gone";
    if (lastUsedAt > stored.lastUsedAt) this.#sessions.set(session.id, { ...stored, lastUsedAt });
    return "touched";
  }

  async delete(id: SessionId): Promise<SessionSummary | undefined> {
    this.#assertOpen();
    const stored = this.#sessions.get(id);
    return stored && this.#closeAll([stored])[0];
  }

  async listByUser(userId: string): Promise<readonly SessionSummary[]> {
    this.#assertOpen();
    return this.#ofUser(userId).map(summaryOf).toSorted(byNewestUse);
  }

  async deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    this.#assertOpen();
    return this.#closeAll(this.#ofUser(userId).filter((session) => session.id !== exceptId));
  }

  async purgeExpired(now: number): Promise<readonly SessionSummary[]> {
    this.#assertOpen();
    for (const [name, entry] of this.#answers)
      if (entry.expiresAt <= now) this.#answers.delete(name);
    this.logins.purge(now);
    return this.#removeAll([...this.#sessions.values()].filter((s) => deadlineOf(s) <= now));
  }

  async ping(): Promise<StoreStatus> {
    this.#assertOpen();
    return { now: this.#now(), warnings: ["sessions are kept in memory and lost on exit"] };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #answerOf(entry: IdempotencyEntry): InsertOutcome | undefined {
    const earlier = this.#keptFor(entry.key);
    if (!earlier) return undefined;
    const same = Buffer.from(earlier.fingerprint).equals(entry.fingerprint);
    return same ? { outcome: "replayed", answer: earlier.answer.slice() } : { outcome: "mismatch" };
  }

  #keptFor(key: Uint8Array): IdempotencyEntry | undefined {
    const kept = this.#answers.get(nameOf(key));
    return kept && kept.expiresAt > this.#now() ? kept : undefined;
  }

  #put(session: Session): void {
    this.#sessions.set(session.id, structuredClone(session));
    const ids = this.#byUser.get(session.userId) ?? new Set();
    this.#byUser.set(session.userId, ids.add(session.id));
  }

  #ofUser(userId: string): Session[] {
    return [...(this.#byUser.get(userId) ?? [])].flatMap((id) => this.#sessions.get(id) ?? []);
  }

  #closeAll(sessions: readonly Session[]): readonly SessionSummary[] {
    for (const session of sessions)
      if (isRevocable(session)) this.revocations.put(session, this.#now());
    return this.#removeAll(sessions);
  }

  #removeAll(sessions: readonly Session[]): readonly SessionSummary[] {
    for (const { id, userId } of sessions) {
      this.#sessions.delete(id);
      const ids = this.#byUser.get(userId);
      ids?.delete(id);
      if (ids?.size === 0) this.#byUser.delete(userId);
    }
    return sessions.map(summaryOf);
  }

  #assertOpen(): void {
    if (this.#closed) throw new SessionError("store_unavailable", "none", "the store is closed");
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}

function summaryOf(session: Session): SessionSummary {
  const { id, userId, deviceId, createdAt, lastUsedAt, expiresAt, idleSeconds } = session;
  const needsLogin = session.needsLogin ? { needsLogin: session.needsLogin } : {};
  return { id, userId, deviceId, createdAt, lastUsedAt, expiresAt, idleSeconds, ...needsLogin };
}

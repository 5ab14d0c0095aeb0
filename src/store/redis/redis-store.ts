import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import {
  type SessionId,
  bucketOfId,
  bucketOfUser,
  sessionIdFromBytes,
  sessionIdToBytes,
} from "../../session/id.ts";
import {
  type Session,
  type SessionSummary,
  type Version,
  byNewestUse,
  deadlineOf,
} from "../../session/session.ts";
import type {
  DeleteOptions,
  IdempotencyEntry,
  InsertOptions,
  InsertOutcome,
  ReplaceOutcome,
  SessionStore,
  StoreStatus,
  TouchOutcome,
} from "../../session/store.ts";
import { noteOrigin } from "../../vault/logout/subjects.ts";
import { Keys, LoginKeys } from "./keys.ts";
import type { RedisLink, RedisReply } from "./link.ts";
import { RedisLogins } from "./redis-logins.ts";
import { RedisRevocations } from "./redis-revocations.ts";
import {
  decodeEntry,
  decodeRecord,
  encodeRecord,
  encodeTimes,
  encodeVersion,
  removedOf,
} from "./record.ts";
import { bytesOf, listOf } from "./replies.ts";
import { ToldChanges } from "./redis-telling.ts";
import { SCRIPTS } from "./scripts.ts";
import { UnconfirmedClose } from "../closes/unconfirmed-close.ts";

/** Redis collects a record this long after its deadline. The core judges; this only cleans up. */
const GRACE_MS = 120_000;
const NOBODY: readonly SessionSummary[] = [];
const NO_BYTES = new Uint8Array(0);

export interface RedisStoreOptions {
  readonly keyRing: KeyRing;
  readonly prefix: string;
  /** More of what `ping` warns of. */
  readonly alsoWarn?: () => Promise<readonly string[]>;
}

/**
 * Sessions in Redis 7.0 or later, or what speaks like it. Storage (keys.ts, record.ts):
 *
 * - a record per session: one string, expiring two minutes after the session's deadline
 * - an index per user: a hash from the 16 bytes of a session id to its entry, a copy of what the record says, written
 *   by the same scripts. It expires with its longest record. Entries whose record is gone are dropped by the next
 *   insert or deleteByUser and shown by nothing.
 * - answers of repeatable creates; the queue of revocations (redis-revocations.ts); logins (redis-logins.ts)
 *
 * What each method sends, one message each:
 *
 * - find: GET record
 * - insert, replace, touch, delete, deleteByUser, listByUser: EVALSHA of the file of that name in lua/. Each touches
 *   keys of one slot only, and looks at all of them before its first write, so that during a slot migration it fails
 *   with nothing changed. A delete may be announced in the same step (redis-telling.ts), elsewhere than in a Cluster.
 *
 * A close is answered when RedisLink.isReplicated says so: delete, deleteByUser, and an insert that closed other
 * sessions, or repeats one that may have. Also a delete that found nothing: who is told that a session is gone must be
 * able to rely on it. Not answered: UnconfirmedClose.
 *
 * deleteByUser goes by the index. If that is lost (deleted by hand, evicted by a wrong maxmemory-policy), sessions
 * come back into it with their next touch or update; until then they are live, but neither listed nor closed with it.
 */
export class RedisStore implements SessionStore {
  readonly revocations: RedisRevocations;
  readonly logins: RedisLogins;
  readonly #link: RedisLink;
  readonly #told: ToldChanges;
  readonly #keyRing: KeyRing;
  readonly #keys: Keys;
  readonly #alsoWarn: () => Promise<readonly string[]>;
  #isClosed = false;

  constructor(link: RedisLink, { keyRing, prefix, alsoWarn = async () => [] }: RedisStoreOptions) {
    this.#link = link;
    this.#told = new ToldChanges(link);
    this.#keyRing = keyRing;
    this.#keys = new Keys(prefix);
    this.#alsoWarn = alsoWarn;
    this.revocations = new RedisRevocations({ link, keyRing, keys: this.#keys });
    this.logins = new RedisLogins({ link, keys: this.#keys, loginKeys: new LoginKeys(prefix) });
  }

  async insert(session: Session, options: InsertOptions): Promise<InsertOutcome> {
    if (session.origin) await noteOrigin(this.logins, session);
    const { id, userId } = session;
    const record = this.#keys.record(id);
    const keys = [record, this.#keys.index(userId)];
    if (options.idempotency) keys.push(this.#keys.answer(id, options.idempotency.key));
    const reply = await this.#link.script(SCRIPTS.insert, keys, [
      sessionIdToBytes(id),
      encodeRecord(session, this.#keyRing),
      String(deadlineOf(session) + GRACE_MS),
      String(options.cap),
      options.replaceDevice ? "1" : "0",
      this.#keys.recordFormat(bucketOfId(id)),
      ...keptAnswer(options.idempotency),
      this.#keys.revocations(bucketOfId(id)),
    ]);
    const outcome = insertOutcome(userId, reply);
    const mayHaveClosed = closedBy(outcome);
    if (mayHaveClosed) await this.#confirm(record, mayHaveClosed);
    return outcome;
  }

  async find(id: SessionId): Promise<Session | undefined> {
    const key = this.#keys.record(id);
    const record = await this.#link.command(key, ["GET", key], { isRead: true });
    return record === null ? undefined : decodeRecord(id, bytesOf(record), this.#keyRing);
  }

  /** Of `session`, what never changes (user, device, creation, deadlines) must be as it was inserted. */
  async replace(session: Session, version: Version): Promise<ReplaceOutcome> {
    const reply = await this.#link.script(
      SCRIPTS.replace,
      [this.#keys.record(session.id), this.#keys.index(session.userId)],
      [
        sessionIdToBytes(session.id),
        encodeVersion(version) ?? NO_BYTES,
        encodeRecord(session, this.#keyRing),
      ],
    );
    if (reply === 0) return "gone";
    return reply === 1 ? "conflict" : "replaced";
  }

  async touch(session: SessionSummary, lastUsedAt: number): Promise<TouchOutcome> {
    const used = { ...session, lastUsedAt };
    const reply = await this.#link.script(
      SCRIPTS.touch,
      [this.#keys.record(session.id), this.#keys.index(session.userId)],
      [sessionIdToBytes(session.id), encodeTimes(used), String(deadlineOf(used) + GRACE_MS)],
    );
    return reply === 0 ? "gone" : "touched";
  }

  /** A stored value that is no record is removed, then told as "record_unreadable" with outcome "unknown". */
  async delete(id: SessionId, options?: DeleteOptions): Promise<SessionSummary | undefined> {
    const key = this.#keys.record(id);
    const bucket = bucketOfId(id);
    const args = [
      sessionIdToBytes(id),
      this.#keys.indexFormat(bucket),
      this.#keys.revocations(bucket),
    ];
    const record = await this.#told.run("delete", key, args, options?.telling);
    const removed = record === null ? undefined : removedOf(id, bytesOf(record));
    await this.#confirm(key, removed ? [removed] : []);
    return removed;
  }

  async listByUser(userId: string): Promise<readonly SessionSummary[]> {
    const keys = [this.#keys.index(userId)];
    const args = [this.#keys.recordFormat(bucketOfUser(userId))];
    const reply = await this.#link.script(SCRIPTS.listByUser, keys, args, { isRead: true });
    return summariesOf(userId, reply).toSorted(byNewestUse);
  }

  async deleteByUser(userId: string, exceptId?: SessionId): Promise<readonly SessionSummary[]> {
    const key = this.#keys.index(userId);
    const bucket = bucketOfUser(userId);
    const except = exceptId ? sessionIdToBytes(exceptId) : NO_BYTES;
    const args = [except, this.#keys.recordFormat(bucket), this.#keys.revocations(bucket)];
    const reply = await this.#link.script(SCRIPTS.deleteByUser, [key], args);
    const removed = summariesOf(userId, reply);
    await this.#confirm(key, removed);
    return removed;
  }

  /** Redis collects on its own. */
  async purgeExpired(): Promise<readonly SessionSummary[]> {
    if (this.#isClosed) throw new SessionError("store_unavailable", "none", "the store is closed");
    return [];
  }

  async ping(): Promise<StoreStatus> {
    const { now, warnings } = await this.#link.status();
    return { now, warnings: [...warnings, ...(await this.#alsoWarn())] };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#link.close();
  }

  async #confirm(key: string, removed: readonly SessionSummary[]): Promise<void> {
    try {
      if (await this.#link.isReplicated(key)) return;
    } catch (error) {
      throw new UnconfirmedClose(removed, { cause: error });
    }
    throw new UnconfirmedClose(removed);
  }
}

function keptAnswer(idempotency: IdempotencyEntry | undefined): readonly (Buffer | string)[] {
  if (!idempotency) return ["", ""];
  const { fingerprint, answer, expiresAt } = idempotency;
  return [Buffer.concat([fingerprint, answer]), String(expiresAt)];
}

function insertOutcome(userId: string, reply: RedisReply): InsertOutcome {
  const [code, first = [], replaced = [], evicted = []] = listOf(reply);
  if (code === 1) return { outcome: "replayed", answer: bytesOf(first) };
  if (code === 2) return { outcome: "mismatch" };
  if (code === 3) return { outcome: "exists" };
  return {
    outcome: "inserted",
    evicted: summariesOf(userId, evicted),
    replaced: summariesOf(userId, replaced),
    expired: summariesOf(userId, first),
  };
}

/** What an insert closed, none for certain if it repeats one; undefined: it closed nothing. */
function closedBy(outcome: InsertOutcome): readonly SessionSummary[] | undefined {
  if (outcome.outcome === "replayed") return [];
  if (outcome.outcome !== "inserted") return undefined;
  const { evicted, replaced, expired } = outcome;
  if (evicted.length + replaced.length === 0) return undefined;
  return [...evicted, ...replaced, ...expired];
}

/** Of a flat list: id, entry, id, entry, … */
function summariesOf(userId: string, reply: RedisReply): readonly SessionSummary[] {
  const list = listOf(reply);
  if (list.length === 0) return NOBODY;
  const flat = list.map(bytesOf);
  return flat.flatMap((entry, i) => {
    const id = flat[i - 1];
    return i % 2 === 1 && id ? [decodeEntry(sessionIdFromBytes(id), userId, entry)] : [];
  });
}

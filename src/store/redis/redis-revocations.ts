import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import {
  type SessionId,
  bucketOfId,
  sessionIdFromBytes,
  sessionIdToBytes,
} from "../../session/id.ts";
import type { Session } from "../../session/session.ts";
import type { ClaimOptions, Revocation, RevocationQueue } from "../../vault/revocation-queue.ts";
import type { Keys } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { bytesOf, listOf } from "./replies.ts";
import { REVOCATION_SCRIPTS } from "./scripts.ts";

const ID_BYTES = 16;
const RECORD_AT = 22;
const KEPT_MS = 172_800_000;

export interface RedisRevocationsParts {
  readonly link: RedisLink;
  readonly keyRing: KeyRing;
  readonly keys: Keys;
}

/**
 * The queue: a sorted set for each bucket, by when the next try is due. A member is the id, the time of the close, and
 * the record as it was, so its secrets are as sealed as they were. It expires two days after the last close.
 */
export class RedisRevocations implements RevocationQueue {
  readonly buckets = ALL_BUCKETS;
  readonly #parts: RedisRevocationsParts;

  constructor(parts: RedisRevocationsParts) {
    this.#parts = parts;
  }

  bucketOf(id: SessionId): string {
    return bucketOfId(id);
  }

  async add(session: Session, endedAt: number): Promise<void> {
    const key = this.#parts.keys.revocations(bucketOfId(session.id));
    const head = Buffer.alloc(RECORD_AT);
    head.set(sessionIdToBytes(session.id), 0);
    head.writeUIntBE(endedAt, ID_BYTES, 6);
    const member = Buffer.concat([head, encodeRecord(session, this.#parts.keyRing)]);
    await this.#parts.link.command(key, ["ZADD", key, String(endedAt), member]);
    await this.#parts.link.command(key, ["PEXPIREAT", key, String(endedAt + KEPT_MS)]);
  }

  async claim(bucket: string, { limit, forMs, now }: ClaimOptions): Promise<readonly Revocation[]> {
    const { link, keys } = this.#parts;
    const args = [String(limit), String(forMs), String(now)];
    const due = await link.script(
      REVOCATION_SCRIPTS.revocationsClaim,
      [keys.revocations(bucket)],
      args,
    );
    return listOf(due).map((member) => this.#decode(bytesOf(member)));
  }

  async postpone({ sessionId, receipt }: Revocation, at: number): Promise<void> {
    const key = this.#parts.keys.revocations(bucketOfId(sessionId));
    await this.#parts.link.command(key, ["ZADD", key, "XX", String(at), memberOf(receipt)]);
  }

  async done({ sessionId, receipt }: Revocation): Promise<void> {
    const key = this.#parts.keys.revocations(bucketOfId(sessionId));
    await this.#parts.link.command(key, ["ZREM", key, memberOf(receipt)]);
  }

  async maySweep(holder: string, forMs: number): Promise<boolean> {
    const { link, keys } = this.#parts;
    const key = keys.sweeper();
    const forTime = ["PX", String(forMs)];
    const isTaken = (await link.command(key, ["SET", key, holder, "NX", ...forTime])) === null;
    if (!isTaken) return true;
    const current = await link.command(key, ["GET", key], { isRead: true });
    if (current === null || bytesOf(current).toString() !== holder) return false;
    await link.command(key, ["SET", key, holder, "XX", ...forTime]);
    return true;
  }

  #decode(member: Buffer): Revocation {
    const sessionId = sessionIdFromBytes(member.subarray(0, ID_BYTES));
    const endedAt = member.readUIntBE(ID_BYTES, 6);
    const session = this.#readable(sessionId, member.subarray(RECORD_AT));
    return { sessionId, session, endedAt, receipt: member };
  }

  #readable(id: SessionId, record: Buffer): Session | undefined {
    try {
      return decodeRecord(id, record, this.#parts.keyRing);
    } catch (error) {
      if (error instanceof SessionError) return undefined;
      throw error;
    }
  }
}

const ALL_BUCKETS: readonly string[] = Array.from({ length: 4096 }, (_, n) =>
  n.toString(16).padStart(3, "0"),
);

function memberOf(receipt: Revocation["receipt"]): Buffer {
  if (typeof receipt === "number") throw new TypeError("the receipt of another queue");
  return Buffer.from(receipt);
}

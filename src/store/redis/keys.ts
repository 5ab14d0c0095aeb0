import { hash } from "node:crypto";
import { type SessionId, bucketOfId, bucketOfUser, parseSessionId } from "../../session/id.ts";
import type { Subject } from "../../vault/logout/logout-index.ts";

/** Writes at `at` the 16 bytes that stand for a user in key names and records: the start of SHA-256(user_id). */
export function putUserKey(bytes: Uint8Array, at: number, userId: string): void {
  Bun.SHA256.hash(userId, digest);
  for (let i = 0; i < USER_KEY_BYTES; i += 1) bytes[at + i] = digest[i] ?? 0;
}

/** Whether the bytes from `at` on are the user's key. */
export function isUserKeyAt(bytes: Uint8Array, at: number, userId: string): boolean {
  Bun.SHA256.hash(userId, digest);
  for (let i = 0; i < USER_KEY_BYTES; i += 1) if (bytes[at + i] !== digest[i]) return false;
  return true;
}

/** The bucket is what the user key begins with (bucketOfUser). */
const BUCKET_DIGITS = 3;
const USER_KEY_BYTES = 16;
const digest = Buffer.alloc(Bun.SHA256.byteLength);
const userKeyBytes = digest.subarray(0, USER_KEY_BYTES);

const UUID_FORMAT = [4, 2, 2, 2, 6].map((bytes) => "%02x".repeat(bytes)).join("-");
const USER_KEY_FORMAT = "%02x".repeat(16);

/**
 * The only place where a Redis key is spelled. `{bucket}` is the hash tag: all keys of a user share a Cluster slot.
 *
 * - `<prefix>:{bucket}:s:<session id>` a record
 * - `<prefix>:{bucket}:u:<user key in hex>` the index of a user
 * - `<prefix>:{bucket}:i:<base64url>` the answer of a repeatable create
 * - `<prefix>:{bucket}:q` the revocations that are still to be done
 * - `<prefix>:{sweep}:o` the process that looks for those that nobody else does
 *
 * Scripts that meet ids or user keys inside their data spell the key with a string.format pattern from here.
 */
export class Keys {
  readonly #prefix: string;
  /** Of a string.format pattern. */
  readonly #escapedPrefix: string;

  /** Throws RangeError for a prefix with a brace, which would move or remove the hash tag, or with blanks. */
  constructor(prefix: string) {
    if (!/^[^{}\s\p{C}]+$/u.test(prefix))
      throw new RangeError("a Redis prefix has no braces, blanks or control characters");
    this.#prefix = prefix;
    this.#escapedPrefix = prefix.replaceAll("%", "%%");
  }

  record(id: SessionId): string {
    return `${this.#prefix}:{${bucketOfId(id)}}:s:${id}`;
  }

  index(userId: string): string {
    Bun.SHA256.hash(userId, digest);
    const userKey = userKeyBytes.toString("hex");
    return `${this.#prefix}:{${userKey.slice(0, BUCKET_DIGITS)}}:u:${userKey}`;
  }

  /** For SCAN: the records of all buckets. */
  recordPattern(): string {
    return `${literal(this.#prefix)}:{???}:s:*`;
  }

  /** For SCAN: all keys of all buckets. */
  anyPattern(): string {
    return `${literal(this.#prefix)}:{???}:*`;
  }

  /** `idempotencyKey` as in IdempotencyEntry; kept in the bucket of the session that is created. */
  answer(id: SessionId, idempotencyKey: Uint8Array): string {
    const name = Buffer.from(idempotencyKey).toString("base64url");
    return `${this.#prefix}:{${bucketOfId(id)}}:i:${name}`;
  }

  /** The same, of a user instead of one of the user's sessions. */
  answerOfUser(userId: string, idempotencyKey: Uint8Array): string {
    const name = Buffer.from(idempotencyKey).toString("base64url");
    return `${this.#prefix}:{${bucketOfUser(userId)}}:i:${name}`;
  }

  revocations(bucket: string): string {
    return `${this.#prefix}:{${bucket}}:q`;
  }

  sweeper(): string {
    return `${this.#prefix}:{sweep}:o`;
  }

  /** Makes a record key of the bucket from the 16 bytes of an id. */
  recordFormat(bucket: string): string {
    return `${this.#escapedPrefix}:{${bucket}}:s:${UUID_FORMAT}`;
  }

  /** Makes an index key of the bucket from the 16 bytes of a user key. */
  indexFormat(bucket: string): string {
    return `${this.#escapedPrefix}:{${bucket}}:u:${USER_KEY_FORMAT}`;
  }
}

/**
 * Where it is kept what is known of logins; every subject and every claim has a Cluster slot of its own.
 *
 * - `<prefix>:{hash}:l` the users of a subject, `<prefix>:{hash}:o` its latest logout
 * - `<prefix>:{hash}:c` a claim
 */
export class LoginKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  subject({ issuer, kind, value }: Subject): { readonly users: string; readonly logout: string } {
    const name = this.#nameOf([issuer, kind, value]);
    return { users: `${name}:l`, logout: `${name}:o` };
  }

  claim(name: string): string {
    return `${this.#nameOf([name])}:c`;
  }

  #nameOf(parts: readonly string[]): string {
    const hashed = hash("sha256", JSON.stringify(parts), "base64url").slice(0, HASH_CHARACTERS);
    return `${this.#prefix}:{${hashed}}`;
  }
}

/** Of base64url: as many bits as a UUID has, and a few more. */
const HASH_CHARACTERS = 24;

/** The id in the name of a record's key; undefined where there is none. */
export function idOfKey(recordKey: string): SessionId | undefined {
  return parseSessionId(recordKey.slice(recordKey.lastIndexOf(":") + 1));
}

/** Text that SCAN is to take as it is (redis.io/docs/latest/commands/keys). */
function literal(text: string): string {
  return text.replaceAll(/[\\*?[\]^]/g, "\\$&");
}

/**
 * Where the leases of the processes are kept, all in one Cluster slot: the registry, and channels to announce changes and
 * to acknowledge them. Channels know no database, so they name it.
 */
export class LeaseKeys {
  readonly registry: string;
  readonly announcements: string;
  readonly #channels: string;

  constructor(prefix: string, database: number) {
    this.registry = `${prefix}:{lease}:r`;
    this.#channels = `${prefix}:{lease}:${database}`;
    this.announcements = `${this.#channels}:inv`;
  }

  acknowledgements(process: string): string {
    return `${this.#channels}:ack:${process}`;
  }
}

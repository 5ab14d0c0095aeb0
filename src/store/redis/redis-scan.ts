import { SessionError } from "../../session/errors.ts";
import { SealCheck } from "../seal-check.ts";
import type { ScanPage, Scanned, SessionScan } from "../session-scan.ts";
import { Keys, idOfKey } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import type { Primaries } from "./primaries.ts";
import { RedisIndexCheck } from "./redis-index-check.ts";
import { decodeRecord } from "./record.ts";
import { bytesOf, listOf } from "./replies.ts";

export interface RedisScanOptions {
  readonly prefix: string;
  /** 32 bytes each, the newest first; none: what is stored is plain. */
  readonly encryptionKeys: readonly Uint8Array[];
}

/**
 * Reads all sessions of a Redis: SCAN on each primary, then GET of each record. It may see a session twice. When a
 * failover or a moved slot could have hidden one, the last page throws.
 */
export class RedisScan implements SessionScan {
  readonly #link: RedisLink;
  readonly #primaries: Primaries;
  readonly #keys: Keys;
  readonly #seals: SealCheck;
  #owners = "";

  constructor(link: RedisLink, primaries: Primaries, options: RedisScanOptions) {
    this.#link = link;
    this.#primaries = primaries;
    this.#keys = new Keys(options.prefix);
    this.#seals = new SealCheck(options.encryptionKeys);
  }

  async page(cursor: string | undefined, limit: number): Promise<ScanPage> {
    if (cursor === undefined) this.#owners = await this.#primaries.owners();
    const names = this.#primaries.names();
    const [number = 0, at = "0"] = cursor === undefined ? [] : readCursor(cursor);
    const { keys, next } = await this.#scan(names[number] ?? "", at, limit);
    const found = (await Promise.all(keys.map((key) => this.#open(key)))).flat();
    if (next !== "0") return { found, next: `${number} ${next}` };
    if (number + 1 < names.length) return { found, next: `${number + 1} 0` };
    await this.#assertSameOwners();
    return { found };
  }

  /** Counts all keys of the database: indexes too, and those of others. */
  async estimate(): Promise<number> {
    let keys = 0;
    for (const name of this.#primaries.names())
      keys += Number(await this.#primaries.ask(name, ["DBSIZE"]));
    return keys;
  }

  async *indexFaults(): AsyncIterable<string> {
    const owners = await this.#primaries.owners();
    const check = new RedisIndexCheck(this.#link, this.#keys);
    for (const name of this.#primaries.names()) {
      let at = "0";
      do {
        const { keys, next } = await this.#scan(name, at, 200, this.#keys.anyPattern());
        for (const faults of await Promise.all(keys.map((key) => check.faultsOf(key))))
          yield* faults;
        at = next;
      } while (at !== "0");
    }
    this.#owners = owners;
    await this.#assertSameOwners();
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async #scan(
    name: string,
    cursor: string,
    count: number,
    pattern = this.#keys.recordPattern(),
  ): Promise<{ readonly keys: readonly string[]; readonly next: string }> {
    const args = ["SCAN", cursor, "MATCH", pattern, "COUNT", String(count)];
    const [next = "0", keys = []] = listOf(await this.#primaries.ask(name, args));
    return { keys: listOf(keys).map(String), next: String(next) };
  }

  /** Nothing for a key that is gone by now. */
  async #open(key: string): Promise<readonly Scanned[]> {
    const reply = await this.#link.command(key, ["GET", key], { isRead: true });
    if (reply === null) return [];
    const id = idOfKey(key);
    if (id === undefined) return [{ where: key, unreadable: `${key} names no session id` }];
    return [this.#seals.open(id, (keyRing) => decodeRecord(id, bytesOf(reply), keyRing))];
  }

  async #assertSameOwners(): Promise<void> {
    if ((await this.#primaries.owners()) === this.#owners) return;
    const text = "who keeps what in Redis changed while it was read: begin again";
    throw new SessionError("store_unavailable", "none", text);
  }
}

function readCursor(text: string): readonly [number: number, at: string] {
  const [number, at = "0"] = text.split(" ");
  return [Number(number), at];
}

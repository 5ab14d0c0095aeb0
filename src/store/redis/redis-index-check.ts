import { SessionError } from "../../session/errors.ts";
import { type SessionId, sessionIdFromBytes, sessionIdToBytes } from "../../session/id.ts";
import { type SessionSummary, deadlineOf } from "../../session/session.ts";
import { type Keys, idOfKey } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import { decodeEntry, summaryOfRecord } from "./record.ts";
import { bytesOf, listOf } from "./replies.ts";

/** Long enough for a change that is under way. */
const RECHECK_MS = 100;

/** Compares records with the indexes of their users, both ways. */
export class RedisIndexCheck {
  readonly #link: RedisLink;
  readonly #keys: Keys;

  constructor(link: RedisLink, keys: Keys) {
    this.#link = link;
    this.#keys = keys;
  }

  /** What is wrong with a record or an index. A fault that is gone a moment later was a change under way. */
  async faultsOf(key: string): Promise<readonly string[]> {
    const faults = await this.#faultsNow(key);
    if (faults.length === 0) return faults;
    await Bun.sleep(RECHECK_MS);
    const again = await this.#faultsNow(key);
    return faults.filter((fault) => again.includes(fault));
  }

  async #faultsNow(key: string): Promise<readonly string[]> {
    const [kind] = key.split(":").slice(-2);
    if (kind === "s") return this.#recordFaults(key);
    return kind === "u" ? this.#indexFaults(key) : [];
  }

  async #recordFaults(key: string): Promise<readonly string[]> {
    const id = idOfKey(key);
    const record = await this.#link.command(key, ["GET", key], { isRead: true });
    if (id === undefined || record === null) return [];
    const stored = storedSummary(id, bytesOf(record));
    if (stored === undefined) return [];
    const index = this.#keys.index(stored.userId);
    const args = ["HGET", index, Buffer.from(sessionIdToBytes(id))];
    const entry = await this.#link.command(index, args, { isRead: true });
    if (entry === null) return [`session ${id} is not listed: it is missing in its user's index`];
    const listed = decodeEntry(id, stored.userId, bytesOf(entry));
    if (Bun.deepEquals(listed, stored)) return [];
    return [`session ${id} is listed with other times or another device than it has`];
  }

  async #indexFaults(key: string): Promise<readonly string[]> {
    const flat = listOf(await this.#link.command(key, ["HGETALL", key], { isRead: true }));
    const entries = flat.flatMap((field, at) => {
      const entry = flat[at + 1];
      return at % 2 === 0 && entry ? [{ id: sessionIdFromBytes(bytesOf(field)), entry }] : [];
    });
    const strays = await Promise.all(
      entries.map(async ({ id, entry }) => {
        const deadline = deadlineOf(decodeEntry(id, "", bytesOf(entry)));
        return (await this.#isStray(id, deadline)) ? [id] : [];
      }),
    );
    return strays.flat().map((id) => `session ${id} is listed, but it is gone`);
  }

  /** Redis collects records on its own, and their entries stay until the next change of the index. */
  async #isStray(id: SessionId, deadline: number): Promise<boolean> {
    const record = this.#keys.record(id);
    if ((await this.#link.command(record, ["EXISTS", record], { isRead: true })) === 1)
      return false;
    const { now } = await this.#link.status();
    return deadline > now;
  }
}

/** Undefined for what is no record: that is told where sessions are opened. */
function storedSummary(id: SessionId, record: Buffer): SessionSummary | undefined {
  try {
    return summaryOfRecord(id, record);
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
}

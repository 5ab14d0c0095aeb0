import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import type { Session } from "../../session/session.ts";
import type { ClaimOptions, Revocation, RevocationQueue } from "../../vault/revocation-queue.ts";
import { encodeBody } from "../record.ts";
import { openRecord } from "./open-record.ts";
import type { StoredRevocation } from "./revocation-table.ts";
import type { SessionTable } from "./session-table.ts";
import type { Write } from "./write-queue.ts";

export interface SqliteRevocationsParts {
  readonly keyRing: KeyRing;
  readonly now: () => number;
  readonly read: <T>(step: (table: SessionTable) => T) => Promise<T>;
  readonly write: <T>(write: Write<T>) => Promise<T>;
}

const ROW_BYTES = 1024;

/** The queue in the file of the sessions. One process owns it, so nobody else claims or sweeps. */
export class SqliteRevocations implements RevocationQueue {
  readonly buckets = ["all"];
  readonly #parts: SqliteRevocationsParts;

  constructor(parts: SqliteRevocationsParts) {
    this.#parts = parts;
  }

  bucketOf(): string {
    return "all";
  }

  async add(session: Session, endedAt: number): Promise<void> {
    const body = encodeBody(session, this.#parts.keyRing);
    const bytes = ROW_BYTES + body.length;
    await this.#parts.write({
      bytes,
      step: ({ revocations }) => revocations.add(session, body, endedAt),
    });
  }

  async claim(_: string, options: ClaimOptions): Promise<readonly Revocation[]> {
    const { read, write } = this.#parts;
    const { limit, forMs } = options;
    const now = Math.max(this.#parts.now(), options.now);
    if (!(await read(({ revocations }) => revocations.isAnyDue(now)))) return [];
    const step = ({ revocations }: SessionTable) => revocations.claim(now, limit, forMs);
    return (await write({ step })).map((stored) => this.#open(stored));
  }

  async postpone({ receipt }: Revocation, at: number): Promise<void> {
    const number = Number(receipt);
    await this.#parts.write({ step: ({ revocations }) => revocations.postpone(number, at) });
  }

  async done({ receipt }: Revocation): Promise<void> {
    const number = Number(receipt);
    await this.#parts.write({ step: ({ revocations }) => revocations.remove(number) });
  }

  async maySweep(): Promise<boolean> {
    return true;
  }

  #open({ number, endedAt, record }: StoredRevocation): Revocation {
    const { id: sessionId } = record.head;
    return { sessionId, session: this.#readable(record), endedAt, receipt: number };
  }

  #readable(record: StoredRevocation["record"]): Session | undefined {
    try {
      return openRecord(record, this.#parts.keyRing);
    } catch (error) {
      if (error instanceof SessionError) return undefined;
      throw error;
    }
  }
}

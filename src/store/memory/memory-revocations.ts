import { bucketOfId } from "../../session/id.ts";
import type { SessionId } from "../../session/id.ts";
import type { Session } from "../../session/session.ts";
import type { ClaimOptions, Revocation, RevocationQueue } from "../../vault/revocation-queue.ts";

interface Item {
  readonly session: Session;
  readonly endedAt: number;
  nextTryAt: number;
}

/** The queue in its most readable form. */
export class MemoryRevocations implements RevocationQueue {
  readonly #items = new Map<number, Item>();
  readonly #now: () => number;
  #added = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get buckets(): readonly string[] {
    return [...new Set([...this.#items.values()].map(({ session }) => bucketOfId(session.id)))];
  }

  bucketOf(id: SessionId): string {
    return bucketOfId(id);
  }

  async add(session: Session, endedAt: number): Promise<void> {
    this.put(session, endedAt);
  }

  /** As `add`, at once. */
  put(session: Session, endedAt: number): void {
    this.#added += 1;
    this.#items.set(this.#added, {
      session: structuredClone(session),
      endedAt,
      nextTryAt: endedAt,
    });
  }

  async claim(bucket: string, options: ClaimOptions): Promise<readonly Revocation[]> {
    const { limit, forMs } = options;
    const now = Math.max(this.#now(), options.now);
    const due = [...this.#items]
      .filter(([, item]) => item.nextTryAt <= now && bucketOfId(item.session.id) === bucket)
      .toSorted(([, a], [, b]) => a.nextTryAt - b.nextTryAt)
      .slice(0, limit);
    for (const [, item] of due) item.nextTryAt = now + forMs;
    return due.map(([receipt, { session, endedAt }]) => ({
      sessionId: session.id,
      session: structuredClone(session),
      endedAt,
      receipt,
    }));
  }

  async postpone({ receipt }: Revocation, at: number): Promise<void> {
    const item = typeof receipt === "number" ? this.#items.get(receipt) : undefined;
    if (item) item.nextTryAt = at;
  }

  async done({ receipt }: Revocation): Promise<void> {
    if (typeof receipt === "number") this.#items.delete(receipt);
  }

  async maySweep(): Promise<boolean> {
    return true;
  }
}

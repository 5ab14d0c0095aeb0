import { SessionError } from "../../session/errors.ts";
import type { Ballast } from "./ballast.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { faultOf } from "./faults.ts";
import type { FileIdentity } from "./file-identity.ts";
import { type BatchResult, type Step, type StepResult, runBatch } from "./run-batch.ts";
import type { SessionTable } from "./session-table.ts";

/** Bounds of one batch, which holds up the event loop from its first write to its commit. */
const MAX_WRITES = 128;
const MAX_BYTES = 256 * 1024;

/** While another connection writes: the longest wait before the next try. */
const MAX_PAUSE_MS = 20;

export interface WriteQueueParts {
  readonly connections: ConnectionKeeper;
  readonly ballast: Ballast;
  readonly file: FileIdentity;
  readonly checkpoints: Checkpoints;
  readonly deadlineMs: number;
}

export interface Write<T> {
  readonly step: (table: SessionTable) => T;
  /** How much it stores, about. Absent: it frees room, or takes none, and is done on a full disk too. */
  readonly bytes?: number;
}

interface Waiting {
  readonly step: Step;
  readonly bytes: number;
  readonly needsRoom: boolean;
  /** By performance.now(). */
  readonly deadline: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: the writes of one turn of the event loop share one transaction, and each is answered after its
 * commit. One that fails does not fail its neighbours. While another connection writes (an operator's tool) they wait
 * without holding up the loop, up to the deadline. On a full disk the ballast is given away and writes that need no
 * room go on, one per commit.
 */
export class WriteQueue {
  readonly #connections: ConnectionKeeper;
  readonly #ballast: Ballast;
  readonly #file: FileIdentity;
  readonly #checkpoints: Checkpoints;
  readonly #deadlineMs: number;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #isCheckpointNext = false;
  #busyTries = 0;
  #whenIdle: (() => void)[] = [];

  constructor({ connections, ballast, file, checkpoints, deadlineMs }: WriteQueueParts) {
    this.#connections = connections;
    this.#ballast = ballast;
    this.#file = file;
    this.#checkpoints = checkpoints;
    this.#deadlineMs = deadlineMs;
  }

  /** What the step returned, once it is on the disk. Rejects with SessionError, or with what a faulty step threw. */
  submit<T>({ step, bytes }: Write<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        step,
        bytes: bytes ?? 0,
        needsRoom: bytes !== undefined,
        deadline: performance.now() + this.#deadlineMs,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#scheduleNow();
    });
  }

  /** Settles when nothing waits any more; that is within the deadline when nothing new is submitted. */
  idle(): Promise<void> {
    if (!this.#isScheduled) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #scheduleNow(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #scheduleRetry(): void {
    const next = Math.min(...this.#waiting.map(({ deadline }) => deadline)) - performance.now();
    const pause = Math.random() * Math.min(MAX_PAUSE_MS, 2 ** this.#busyTries++);
    this.#isScheduled = true;
    setTimeout(() => this.#turn(), Math.max(0, Math.min(next, 1 + pause)));
  }

  #turn(): void {
    this.#isScheduled = false;
    if (this.#isCheckpointNext) this.#checkpoints.runIfDue();
    this.#isCheckpointNext = false;
    if (this.#waiting.length === 0) return this.#rest();
    const batch = this.#takeBatch();
    if (batch.length > 0 && this.#run(batch) === "busy") return this.#scheduleRetry();
    this.#busyTries = 0;
    // In a turn of its own, so that answers go out first.
    this.#isCheckpointNext = true;
    this.#scheduleNow();
  }

  #rest(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #takeBatch(): Waiting[] {
    const now = performance.now();
    const hasRoom = this.#ballast.hasRoom();
    const maxWrites = hasRoom ? MAX_WRITES : 1;
    const batch: Waiting[] = [];
    let bytes = 0;
    let taken = 0;
    for (const write of this.#waiting) {
      bytes += write.bytes;
      if (batch.length === maxWrites || (batch.length > 0 && bytes > MAX_BYTES)) break;
      taken++;
      if (write.deadline <= now) write.reject(this.#overdue());
      else if (write.needsRoom && !hasRoom) write.reject(noRoom());
      else batch.push(write);
    }
    this.#waiting.splice(0, taken);
    return batch;
  }

  #run(batch: readonly Waiting[]): BatchResult["outcome"] {
    const result = this.#runBatch(batch);
    switch (result.outcome) {
      case "committed":
        settle(batch, result.results);
        break;
      case "busy":
        this.#waiting.unshift(...batch);
        break;
      case "full":
        this.#makeRoom(batch, result.error);
        break;
      case "lost":
        this.#connections.discard(result.error);
        this.#dropCulprit(batch, result.index, result.error);
        break;
      case "unknown":
        this.#connections.discard(result.error);
        for (const { reject } of batch) reject(faultOf(result.error, "unknown"));
        break;
    }
    return result.outcome;
  }

  #runBatch(batch: readonly Waiting[]): BatchResult {
    try {
      this.#file.assertInPlace();
      const connection = this.#connections.current;
      connection.setSparing(this.#ballast.isReleased);
      return runBatch(
        connection,
        batch.map(({ step }) => step),
      );
    } catch (error) {
      return { outcome: "lost", index: undefined, error };
    }
  }

  #makeRoom(batch: readonly Waiting[], error: unknown): void {
    const isLastTry = this.#ballast.isReleased;
    this.#ballast.release();
    const failed = batch.filter(({ needsRoom }) => needsRoom || isLastTry);
    for (const { reject } of failed) reject(faultOf(error, "none"));
    this.#waiting.unshift(...batch.filter((write) => !failed.includes(write)));
  }

  /** Without a culprit the transaction did not even begin, and all have failed. */
  #dropCulprit(batch: readonly Waiting[], index: number | undefined, error: unknown): void {
    const isCulprit = (at: number) => index === undefined || at === index;
    for (const { reject } of batch.filter((_, at) => isCulprit(at))) reject(faultOf(error, "none"));
    this.#waiting.unshift(...batch.filter((_, at) => !isCulprit(at)));
  }

  #overdue(): SessionError {
    const why =
      this.#busyTries > 0 ? "another process is writing to the database" : "too much to do";
    return new SessionError("store_unavailable", "none", `not written in time: ${why}`);
  }
}

function settle(batch: readonly Waiting[], results: readonly StepResult[]): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const result = results[index];
    if (result?.ok) resolve(result.value);
    else reject(faultOf(result?.error, "none"));
  }
}

function noRoom(): SessionError {
  return new SessionError("store_full", "none", "the disk is full");
}

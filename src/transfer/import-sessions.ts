import { type Policy, isLiveUnder } from "../session/policy.ts";
import type { Session } from "../session/session.ts";
import type { SessionStore } from "../session/store.ts";
import { type DigestResult, DigestSum } from "./digest.ts";
import { EntryLines, readHeader } from "./export-format.ts";
import { type Line, linesOf } from "./lines.ts";
import { type PutOutcome, putSession } from "./put-session.ts";
import { sessionOf } from "./session-document.ts";

export interface ImportParts {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Called once, before the first session is stored: an export that no key opens leaves no new store behind. */
  readonly openTarget: () => Promise<SessionStore>;
  /** Of a sealed export: 32 bytes each. */
  readonly keys: readonly Uint8Array[];
  readonly policy: Pick<Policy, "notBefore">;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Told of each line that is no session: its number from 1, and why, without its content. */
  readonly onBadLine: (line: number, reason: string) => void;
  /** End with the first bad line. */
  readonly isStrict: boolean;
}

export interface ImportResult {
  readonly end: "finished" | "interrupted" | "stopped" | "not_an_export";
  readonly counts: Record<PutOutcome | "expired" | "bad", number>;
  /** What was read, and what the file's last line says was written. Absent: the file has no last line. */
  readonly read: DigestResult;
  readonly written?: DigestResult;
}

const MAX_LINE_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 200;

/**
 * Brings the sessions of an export into a store, as putSession does: a second import of the same file changes nothing.
 * A bad line is told and left out; the others are imported.
 */
export async function importSessions(parts: ImportParts): Promise<ImportResult> {
  const run = new ImportRun(parts);
  for await (const line of linesOf(parts.chunks, MAX_LINE_BYTES)) {
    await run.take(line);
    if (run.end !== undefined) break;
  }
  await run.flush();
  return run.result();
}

class ImportRun {
  readonly #parts: ImportParts;
  readonly #counts = { added: 0, same: 0, updated: 0, kept: 0, expired: 0, bad: 0 };
  readonly #sum = new DigestSum();
  #waiting: Session[] = [];
  #target: SessionStore | undefined;
  #lines: EntryLines | undefined;
  #written: DigestResult | undefined;
  #done = 0;
  /** Undefined while it goes on. */
  end: ImportResult["end"] | undefined;

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  async take({ number, text }: Line): Promise<void> {
    const lines = this.#lines;
    if (lines === undefined) return this.#begin(text);
    if (this.#written) return this.#bad(number, "stands after the end");
    const read = text === undefined ? TOO_LONG : lines.read(text);
    if ("mistake" in read) return this.#bad(number, read.mistake);
    if ("end" in read.entry) this.#written = read.entry.end;
    else await this.#session(number, read.entry.session);
  }

  async flush(): Promise<void> {
    const { signal, onProgress } = this.#parts;
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length > 0) await this.#put(batch);
    onProgress(this.#done);
    if (signal.aborted) this.end ??= "interrupted";
  }

  async #put(batch: readonly Session[]): Promise<void> {
    const target = (this.#target ??= await this.#parts.openTarget());
    const puts = batch.map(async (each) => {
      this.#counts[await putSession(target, each)] += 1;
    });
    const failed = (await Promise.allSettled(puts)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  result(): ImportResult {
    const isEmpty = this.#lines === undefined;
    const end = this.end ?? (isEmpty ? "not_an_export" : "finished");
    const written = this.#written ? { written: this.#written } : {};
    return { end, counts: this.#counts, read: this.#sum.result, ...written };
  }

  #begin(text: string | undefined): void {
    const header = text === undefined ? undefined : readHeader(text);
    if (header) this.#lines = new EntryLines(header, this.#parts.keys);
    else this.end = "not_an_export";
  }

  async #session(number: number, document: unknown): Promise<void> {
    const read = sessionOf(document);
    if ("mistake" in read) return this.#bad(number, read.mistake);
    this.#sum.add(read.session);
    this.#done += 1;
    const { policy, now } = this.#parts;
    if (isLiveUnder(policy, read.session, now())) this.#waiting.push(read.session);
    else this.#counts.expired += 1;
    if (this.#waiting.length >= AT_ONCE) await this.flush();
  }

  #bad(number: number, reason: string): void {
    this.#counts.bad += 1;
    this.#parts.onBadLine(number, reason);
    if (this.#parts.isStrict) this.end = "stopped";
  }
}

const TOO_LONG = { mistake: "is longer than any session, or no UTF-8" };

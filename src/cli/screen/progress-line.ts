import type { CliParts } from "../cli-parts.ts";

/** What a long command tells of itself on standard error. */
export interface ProgressParts {
  readonly writeError: (text: string) => void;
  /** Standard error is a terminal: one line that changes. Otherwise a line now and then. */
  readonly isTerminal: boolean;
  /** Of that terminal; undefined: unknown. Asked each time, because windows change. */
  readonly columns?: () => number | undefined;
  /** About how many there are; 0: nobody knows. */
  readonly total: number;
  /** Milliseconds, from any start. */
  readonly monotonic?: () => number;
}

const QUIET_MS = 2000;
const REDRAW_MS = 200;
const LINE_EVERY_MS = 10_000;

/** The progress of a command, of about `total`. */
export function progressOf(
  {
    writeError,
    terminal,
    errorColumns,
  }: Pick<CliParts, "writeError" | "terminal" | "errorColumns">,
  total: number,
): ProgressLine {
  return new ProgressLine({
    writeError,
    isTerminal: terminal.errors,
    columns: errorColumns,
    total,
  });
}

/** Tells how far something is, how fast, and how long it will take: from two seconds on. */
export class ProgressLine {
  readonly #parts: ProgressParts;
  readonly #monotonic: () => number;
  #step = "";
  #startedAt: number;
  #saidAt: number;
  #isShown = false;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#monotonic = parts.monotonic ?? (() => performance.now());
    this.#startedAt = this.#monotonic();
    this.#saidAt = this.#startedAt + QUIET_MS - this.#every;
  }

  /** `step`: what is done, such as "copying"; another one begins to count anew. */
  tell(step: string, done: number): void {
    const now = this.#monotonic();
    if (this.#step !== "" && step !== this.#step) this.#startedAt = now;
    this.#step = step;
    if (now - this.#saidAt < this.#every) return;
    this.#saidAt = now;
    const text = this.#textOf(step, done, (now - this.#startedAt) / 1000);
    this.#parts.writeError(
      this.#parts.isTerminal ? `\r\u001B[K${this.#fitting(text)}` : `${text}\n`,
    );
    this.#isShown = this.#parts.isTerminal;
  }

  /** Clears the line, so that what comes next stands alone. */
  done(): void {
    if (this.#isShown) this.#parts.writeError("\r\u001B[K");
    this.#isShown = false;
  }

  get #every(): number {
    return this.#parts.isTerminal ? REDRAW_MS : LINE_EVERY_MS;
  }

  /** A line that wraps could not be cleared. Some terminals wrap when the last column is written to. */
  #fitting(text: string): string {
    const columns = this.#parts.columns?.() ?? Infinity;
    return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
  }

  #textOf(step: string, done: number, seconds: number): string {
    const { total } = this.#parts;
    const perSecond = seconds > 0 ? done / seconds : 0;
    const left = total > done && perSecond > 0 ? duration((total - done) / perSecond) : undefined;
    const parts = [
      `${step}: ${grouped(done)}${total > 0 ? ` of about ${grouped(Math.max(total, done))}` : ""}`,
      `${grouped(Math.round(perSecond))}/s`,
      ...(left === undefined ? [] : [`${left} left`]),
    ];
    return parts.join(", ");
  }
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

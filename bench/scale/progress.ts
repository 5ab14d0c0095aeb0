const WIDTH = 30;
const EVERY_MS = 200;

/** A bar on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #what: string;
  readonly #total: number;
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stderr.isTTY;
  #shownAt = 0;

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  show(done: number): void {
    const now = performance.now();
    const isLast = done >= this.#total;
    if (!isLast && (!this.#isTerminal || now - this.#shownAt < EVERY_MS)) return;
    this.#shownAt = now;
    const share = done / Math.max(1, this.#total);
    const bar = "#".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, ".");
    const perSecond = Math.round((done * 1000) / Math.max(1, now - this.#startedAt));
    const left = Math.ceil((this.#total - done) / Math.max(1, perSecond));
    const text = `${this.#what} [${bar}] ${done.toLocaleString("en-US")}, ${perSecond.toLocaleString("en-US")}/s, ${left} s left`;
    process.stderr.write(this.#isTerminal ? `\r${text}  ${isLast ? "\n" : ""}` : `${text}\n`);
  }
}

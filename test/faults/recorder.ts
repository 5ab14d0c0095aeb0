import type { Body, Entry, Outcome } from "./history.ts";
import { type HttpAsk, HttpLink, type HttpReply, NotSent } from "./http-link.ts";

/** An operation as it was answered: what the answer means, if it was one that means something. */
export interface Answered<T> {
  readonly outcome: Outcome;
  readonly result?: T;
}

/** Part of every value that a caller stores. */
export const MARKER = "mk.";
const GIVEN_UP_MS = 4000;
/** A process that is down is asked again after this, so that its callers do not spin. */
const DOWN_PAUSE_MS = 30;

/** Keeps what was asked and answered. All times are `performance.now()`. */
export class Recorder {
  readonly entries: Entry[] = [];
  readonly oddities: string[] = [];

  add(body: Body, times: Pick<Entry, "invoke" | "complete" | "outcome" | "node" | "caller">): void {
    this.entries.push({ ...body, ...times });
  }

  odd(line: string): void {
    if (this.oddities.length < 50) this.oddities.push(line);
  }
}

/** What one caller asks of the processes, over one connection to each. */
export class RecordedLinks {
  readonly #links: readonly HttpLink[];
  readonly #recorder: Recorder;
  readonly #caller: number;

  constructor(ports: readonly (() => number)[], recorder: Recorder, caller: number) {
    this.#links = ports.map((port) => new HttpLink(port, GIVEN_UP_MS));
    this.#recorder = recorder;
    this.#caller = caller;
  }

  /** Asks, and records it as `entry` says of what was answered. `read` returns undefined for an answer it does not know. */
  async ask<T>(
    node: number,
    ask: HttpAsk,
    read: (reply: HttpReply) => T | undefined,
    entry: (result: T | undefined) => Body,
  ): Promise<Answered<T>> {
    const invoke = performance.now();
    const answered = await this.#answer(node, ask, read);
    const complete = performance.now();
    const { outcome, result } = answered;
    this.#recorder.add(entry(result), { invoke, complete, outcome, node, caller: this.#caller });
    if (outcome === "fail") await Bun.sleep(DOWN_PAUSE_MS);
    return answered;
  }

  close(): void {
    for (const link of this.#links) link.close();
  }

  async #answer<T>(
    node: number,
    ask: HttpAsk,
    read: (reply: HttpReply) => T | undefined,
  ): Promise<Answered<T>> {
    const link = this.#links[node];
    if (!link) throw new Error(`there is no process ${node}`);
    try {
      return this.#understood(ask, await link.ask(ask), read);
    } catch (error) {
      return { outcome: error instanceof NotSent ? "fail" : "unknown" };
    }
  }

  #understood<T>(
    ask: HttpAsk,
    reply: HttpReply,
    read: (reply: HttpReply) => T | undefined,
  ): Answered<T> {
    const { status, headers, body } = reply;
    if (status >= 400 && body.includes(MARKER))
      this.#recorder.odd(`${ask.method}: a ${status} shows a value: ${body}`);
    if (status === 503) return { outcome: this.#outcomeOf503(headers, body) };
    if (status === 409) return { outcome: "fail" };
    const result = read(reply);
    if (result !== undefined) return { outcome: "ok", result };
    this.#recorder.odd(`${ask.method} ${ask.path} was answered ${status} ${body}`);
    return { outcome: "unknown" };
  }

  #outcomeOf503(headers: HttpReply["headers"], body: string): Outcome {
    const outcome = /"outcome":"(none|unknown)"/.exec(body)?.[1];
    if (outcome === undefined || !headers.has("retry-after"))
      this.#recorder.odd(`a 503 without outcome or Retry-After: ${body}`);
    return outcome === "none" ? "fail" : "unknown";
  }
}

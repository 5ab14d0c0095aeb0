import type { Acknowledgement } from "./lease-transport.ts";

/** One acknowledgement for all announcements of a process that arrive in one turn: it covers the earlier ones. */
export class OwedAcknowledgements {
  readonly #send: (to: string, acknowledgement: Acknowledgement) => void;
  readonly #owed = new Map<string, Acknowledgement>();

  constructor(send: (to: string, acknowledgement: Acknowledgement) => void) {
    this.#send = send;
  }

  /** Sent at the end of this turn. */
  add(to: string, acknowledgement: Acknowledgement): void {
    if (this.#owed.size === 0) queueMicrotask(() => this.#sendAll());
    this.#owed.set(to, acknowledgement);
  }

  #sendAll(): void {
    for (const [to, acknowledgement] of this.#owed) this.#send(to, acknowledgement);
    this.#owed.clear();
  }
}

import type { AnnouncedTexts, AnnounceReply, Announcing } from "../../src/cache/lease-transport.ts";
import type { Server } from "./server.ts";

/** An announcement that the server makes in the step of a change. */
export class SimTelling implements Announcing {
  readonly #process: string;
  readonly #nonce: string;
  readonly #texts: AnnouncedTexts;
  reply: AnnounceReply | undefined;

  constructor(process: string, nonce: string, texts: AnnouncedTexts) {
    this.#process = process;
    this.#nonce = nonce;
    this.#texts = texts;
  }

  get isTold(): boolean {
    return this.reply !== undefined;
  }

  announce(server: Server, isDone: boolean): AnnounceReply {
    const { done, undone } = this.#texts;
    const reply = server.announce(this.#process, this.#nonce, isDone ? done : undone);
    return { ...reply, server: undefined };
  }
}

import type { Machine, World } from "./world.ts";

interface Letter {
  readonly due: number;
  readonly read: () => void;
}

/** How long a message is under way: mostly not at all, now and then very long. */
function travelMs(world: World): number {
  if (world.chance(0.004)) return world.between(100, 3000);
  return world.chance(0.05) ? world.between(2, 60) : world.between(0.05, 1.5);
}

/**
 * One connection: each direction keeps its order, and messages that came while the client was busy are read together.
 * Once cut, nothing arrives any more; the client notices later, or never.
 */
export class Connection {
  readonly #world: World;
  readonly #client: Machine;
  readonly #server: Machine;
  readonly #onLost: () => void;
  readonly #inbox: Letter[] = [];
  #lastUp = 0;
  #lastDown = 0;
  #mutedUntil = 0;
  #isCut = false;
  #isClosed = false;

  constructor(world: World, client: Machine, server: Machine, onLost: () => void) {
    this.#world = world;
    this.#client = client;
    this.#server = server;
    this.#onLost = onLost;
  }

  get isOpen(): boolean {
    return !this.#isCut && !this.#isClosed;
  }

  /** Announcements on it get lost, replies do not. */
  get isMuted(): boolean {
    return this.#world.now < this.#mutedUntil;
  }

  mute(ms: number): void {
    this.#mutedUntil = this.#world.now + ms;
  }

  /** Nothing arrives for a while, then everything. */
  stall(ms: number): void {
    this.#lastDown = Math.max(this.#lastDown, this.#world.now + ms);
  }

  /** Has the server do something, unless the connection is cut on the way. */
  up(run: () => void): void {
    this.#lastUp = Math.max(this.#lastUp, this.#world.now + travelMs(this.#world));
    this.#server.on(this.#lastUp, () => {
      if (this.isOpen) run();
    });
  }

  /** Has the client do something. */
  down(read: () => void): void {
    this.#lastDown = Math.max(this.#lastDown, this.#world.now + travelMs(this.#world));
    this.#inbox.push({ due: this.#lastDown, read });
    this.#client.on(this.#lastDown, () => this.#read());
  }

  cut(noticedAfterMs: number | undefined): void {
    if (!this.isOpen) return;
    this.#isCut = true;
    if (noticedAfterMs === undefined) return;
    this.#client.on(this.#world.now + noticedAfterMs, () => {
      if (!this.#isClosed) this.#onLost();
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  #read(): void {
    for (let letter; this.isOpen && (letter = this.#inbox[0]) && letter.due <= this.#world.now;) {
      this.#inbox.shift();
      letter.read();
    }
  }
}

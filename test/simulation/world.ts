import { drainMicrotasks } from "bun:jsc";
import type { After, Clocks } from "../../src/cache/clocks.ts";

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time, in milliseconds: what happens, happens in order of time, and the same seed makes the same happen. */
export class World {
  now = 0;
  readonly random: () => number;
  readonly #heap: Happening[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = mulberry32(seed);
  }

  readonly between = (from: number, to: number): number => from + this.random() * (to - from);

  readonly chance = (probability: number): boolean => this.random() < probability;

  readonly pick = <T>(from: readonly T[]): T => {
    const picked = from[Math.floor(this.random() * from.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  };

  at(at: number, run: () => void): void {
    const happening = { at: Math.max(at, this.now), order: this.#order++, run };
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, happening)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = happening;
  }

  /** Again and again, after a time between the two. */
  every([from, to]: readonly [number, number], run: () => void): void {
    const again = (): void => {
      run();
      this.at(this.now + this.between(from, to), again);
    };
    this.at(this.between(0, to), again);
  }

  run(until: number): void {
    for (let next; (next = this.#heap[0]) && next.at <= until;) {
      this.#removeFirst();
      this.now = next.at;
      next.run();
      drainMicrotasks();
    }
    this.now = until;
  }

  /** Moves what comes next up, step by step, until the last one fits into the place that is free. */
  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const next = isRight ? right : left;
      if (next === undefined || isBefore(last, next)) break;
      heap[place] = next;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** A machine with one process, which can freeze and crash, and with clocks of its own. */
export class Machine {
  readonly #world: World;
  readonly #rates: { readonly monotonic: number; readonly wall: number };
  #wallStepMs = 0;
  #sleptMs = 0;
  #frozenUntil = 0;
  #life = 0;

  /** `drift`: how much its clocks may be too fast or too slow, as a fraction. */
  constructor(world: World, drift: number) {
    this.#world = world;
    const rate = () => 1 + world.between(-drift, drift);
    this.#rates = { monotonic: rate(), wall: rate() };
  }

  readonly clocks: Clocks = {
    monotonic: () => this.#world.now * this.#rates.monotonic - this.#sleptMs,
    wall: () => this.#world.now * this.#rates.wall + this.#wallStepMs,
  };

  readonly after: After = (ms, run) => {
    let isCancelled = false;
    this.on(this.#world.now + ms / this.#rates.monotonic, () => isCancelled || run());
    return () => (isCancelled = true);
  };

  /** Runs here at that time of the world: later if it is frozen then, never if it crashed meanwhile. */
  on(at: number, run: () => void): void {
    const life = this.#life;
    const happen = () => {
      if (life !== this.#life) return;
      if (this.#world.now < this.#frozenUntil) this.#world.at(this.#frozenUntil, happen);
      else run();
    };
    this.#world.at(at, happen);
  }

  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.now + ms);
  }

  /** Frozen, and only the wall clock goes on: the lid was closed. */
  sleep(ms: number): void {
    this.freeze(ms);
    this.#sleptMs += ms * this.#rates.monotonic;
  }

  /** Somebody sets the clock. */
  stepWall(ms: number): void {
    this.#wallStepMs += ms;
  }

  crash(): void {
    this.#life += 1;
    this.#frozenUntil = 0;
  }
}

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

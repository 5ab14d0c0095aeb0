import type { ToSupervisor, ToWorker } from "../../src/supervisor/messages.ts";
import type { Exit, Spawn } from "../../src/supervisor/worker.ts";
import { settled } from "./set-time.ts";

/** A process that does nothing but what the test has it do. */
export class ScriptedWorker {
  readonly number: number;
  readonly port: number | undefined;
  readonly told: ToWorker[] = [];
  readonly #on: Parameters<Spawn>[1];
  hasEnded = false;

  constructor(worker: Parameters<Spawn>[0], on: Parameters<Spawn>[1]) {
    this.number = worker.number;
    this.port = worker.port;
    this.#on = on;
  }

  async say(message: ToSupervisor): Promise<void> {
    this.#on.message(message);
    await settled();
  }

  async becomeReady(): Promise<void> {
    const ready = { url: "http://127.0.0.1:4711/a01", store: "redis://somewhere", auth: "keys" };
    await this.say({ type: "ready", ready });
  }

  async end(exit: Partial<Exit>): Promise<void> {
    this.hasEnded = true;
    this.#on.exit({ code: null, signal: null, ...exit });
    await settled();
  }

  /** What it was told last, of those messages. */
  last<T extends ToWorker["type"]>(type: T): Extract<ToWorker, { type: T }> | undefined {
    return this.told.findLast(
      (message): message is Extract<ToWorker, { type: T }> => message.type === type,
    );
  }
}

/** Takes the place of processes. */
export class ScriptedWorkers {
  /** All that were started, in that order. */
  readonly started: ScriptedWorker[] = [];

  readonly spawn: Spawn = (worker, on) => {
    const scripted = new ScriptedWorker(worker, on);
    this.started.push(scripted);
    return {
      pid: 1000 + this.started.length,
      tell: (message) => scripted.told.push(message),
      kill: () => void scripted.end({ signal: "SIGKILL" }),
    };
  };

  get living(): readonly ScriptedWorker[] {
    return this.started.filter(({ hasEnded }) => !hasEnded);
  }

  /** The process started last. */
  get newest(): ScriptedWorker {
    const newest = this.started.at(-1);
    if (!newest) throw new Error("none was started");
    return newest;
  }
}

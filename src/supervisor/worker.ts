import type { DrainReason, ReadyWorker, ToSupervisor, ToWorker } from "./messages.ts";
import type { Time } from "./time.ts";

/** How a process ended: by an exit code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why there was no process at all. */
  readonly reason?: string;
}

/** A process that was started. */
export interface WorkerProcess {
  /** Undefined: it could not be started. */
  readonly pid: number | undefined;
  /** Sends a message; one to a process that has ended is lost. Never throws. */
  tell(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts the process of worker `number`. `port`: the one to listen on, when the settings leave it open. */
export type Spawn = (
  worker: { readonly number: number; readonly port?: number },
  on: {
    /** Not called before `Spawn` has returned. */
    readonly message: (message: ToSupervisor) => void;
    readonly exit: (exit: Exit) => void;
  },
) => WorkerProcess;

/** This many questions without an answer in between, and the process counts as stuck. */
const UNANSWERED_PINGS = 6;

/** One worker's process, from its start to its end. */
export class Worker {
  /** Its place, from 1; a process that replaces it gets the same. */
  readonly number: number;
  readonly process: WorkerProcess;
  /** Resolves when it answers requests; undefined: it ended before. */
  readonly ready: Promise<ReadyWorker | undefined>;
  readonly ended: Promise<Exit>;
  readonly #time: Time;
  readonly #becomeReady: (ready: ReadyWorker | undefined) => void;
  readonly #becomeEnded: (exit: Exit) => void;
  #readyAt: number | undefined;
  #hasEnded = false;
  #isDraining = false;
  #unanswered = 0;

  /** Starts the process. `onMessage` gets what it says but for what is understood here. */
  constructor(
    spawn: Spawn,
    { number, port }: { readonly number: number; readonly port: number | undefined },
    { time, onMessage }: { time: Time; onMessage: (message: ToSupervisor) => void },
  ) {
    this.number = number;
    this.#time = time;
    ({ promise: this.ready, resolve: this.#becomeReady } = Promise.withResolvers());
    ({ promise: this.ended, resolve: this.#becomeEnded } = Promise.withResolvers());
    this.process = spawn(port === undefined ? { number } : { number, port }, {
      message: (message) => {
        this.#unanswered = 0;
        if (message.type === "ready") this.#onReady(message.ready);
        else if (message.type !== "pong") onMessage(message);
      },
      exit: (exit) => this.#onExit(exit),
    });
  }

  /** It answers requests, and will for now. */
  get isRunning(): boolean {
    return this.#readyAt !== undefined && !this.#hasEnded && !this.#isDraining;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** How long it has answered requests. */
  get servedMs(): number {
    return this.#readyAt === undefined ? 0 : this.#time.now() - this.#readyAt;
  }

  /** Asks for a sign of life. False: it was asked often enough without giving one. */
  ping(): boolean {
    if (this.#unanswered >= UNANSWERED_PINGS) return false;
    this.#unanswered += 1;
    this.process.tell({ type: "ping" });
    return true;
  }

  /** Has it finish what it does and end; ends it after `withinMs`. True: it did so by itself. */
  async drain(reason: DrainReason, withinMs: number): Promise<boolean> {
    this.#isDraining = true;
    this.process.tell({ type: "drain", reason });
    let wasKilled = false;
    const cancel = this.#time.after(withinMs, () => {
      wasKilled = true;
      this.process.kill();
    });
    await this.ended;
    cancel();
    return !wasKilled;
  }

  #onReady(ready: ReadyWorker): void {
    this.#readyAt ??= this.#time.now();
    this.#becomeReady(ready);
  }

  #onExit(exit: Exit): void {
    this.#hasEnded = true;
    this.#becomeReady(undefined);
    this.#becomeEnded(exit);
  }
}

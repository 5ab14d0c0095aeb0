import type { Exposition, MetricsReport } from "../metrics/merged-metrics.ts";
import type { Fleet } from "../service/readiness.ts";
import type { DrainReason, ReadyWorker, ToSupervisor, ToWorker } from "./messages.ts";
import { type Time, machineTime } from "./time.ts";

/** The worker's end of the channel to the supervisor. */
export interface Channel {
  /** Calls `sent` once the message has left; not at all when the supervisor is gone. */
  send(message: ToSupervisor, sent?: () => void): void;
  onMessage(listener: (message: ToWorker) => void): void;
  /** Calls the listener when the supervisor is gone, at once if it is gone already. */
  onClosed(listener: () => void): void;
}

/** Why a worker ends: the service does, another worker has taken its place, or its supervisor is gone. */
export type EndReason = DrainReason | "orphaned";

/** How long the numbers of all workers, and the last message, may take. */
const ANSWER_MS = 3000;
const FAREWELL_MS = 200;

/** What a worker knows of its supervisor, and tells it. */
export class WorkerLink {
  /** Resolves when the worker shall end. */
  readonly end: Promise<EndReason>;
  readonly #channel: Channel;
  readonly #report: () => Promise<MetricsReport>;
  readonly #time: Time;
  readonly #asked = new Map<number, (metrics: Exposition) => void>();
  #fleet: Fleet | undefined;
  #lastId = 0;

  /** `report` gives the worker's own numbers. */
  constructor(channel: Channel, report: () => Promise<MetricsReport>, time: Time = machineTime) {
    this.#channel = channel;
    this.#report = report;
    this.#time = time;
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    this.end = promise;
    channel.onMessage((message) => {
      if (message.type === "drain") resolve(message.reason);
      else this.#onMessage(message);
    });
    channel.onClosed(() => resolve("orphaned"));
  }

  /** How many workers there are; undefined until that was told. */
  get fleet(): Fleet | undefined {
    return this.#fleet;
  }

  tellReady(ready: ReadyWorker): void {
    this.#channel.send({ type: "ready", ready });
  }

  /** The numbers of all workers. Throws when the supervisor does not answer in time. */
  async metrics(): Promise<Exposition> {
    const id = (this.#lastId += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Exposition>();
    this.#asked.set(id, resolve);
    const giveUp = () => reject(new Error("the supervisor does not answer"));
    const cancel = this.#time.after(ANSWER_MS, giveUp);
    this.#channel.send({ type: "metrics", id });
    try {
      return await promise;
    } finally {
      cancel();
      this.#asked.delete(id);
    }
  }

  /** Tells the last numbers, and waits until they are on their way. */
  async farewell(): Promise<void> {
    const report = await this.#report();
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    this.#channel.send({ type: "farewell", report }, resolve);
    const cancel = this.#time.after(FAREWELL_MS, resolve);
    await sent;
    cancel();
  }

  #onMessage(message: ToWorker): void {
    if (message.type === "ping") this.#channel.send({ type: "pong" });
    if (message.type === "fleet")
      this.#fleet = { running: message.running, wanted: message.wanted };
    if (message.type === "report") void this.#tellReport(message.id);
    if (message.type === "metrics") this.#asked.get(message.id)?.(message.metrics);
  }

  async #tellReport(id: number): Promise<void> {
    this.#channel.send({ type: "report", id, report: await this.#report() });
  }
}

/** The channel that this process was started with; undefined: it was not started by a supervisor. */
export function channelOf(process: NodeJS.Process): Channel | undefined {
  if (process.send === undefined) return undefined;
  return {
    send: (message, sent) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => sent?.());
    },
    onMessage: (listener) => process.on("message", listener),
    onClosed: (listener) => {
      process.on("disconnect", listener);
      if (!process.connected) listener();
    },
  };
}

import type { Fleet } from "../service/readiness.ts";
import type { Exposition, MetricsReport } from "../metrics/merged-metrics.ts";

/** Why a worker ends: the whole service does, or another worker has taken its place. */
export type DrainReason = "stop" | "replaced";

/** What the supervisor tells a worker. Both sides leave out what they do not know: their versions may differ. */
export type ToWorker =
  /** Asked again and again; a worker that does not answer for long is ended. */
  | { readonly type: "ping" }
  | ({ readonly type: "fleet" } & Fleet)
  /** Take no more requests, answer those in flight, end. */
  | { readonly type: "drain"; readonly reason: DrainReason }
  /** Tell your numbers. */
  | { readonly type: "report"; readonly id: number }
  /** The numbers of all, as asked for by "metrics". */
  | { readonly type: "metrics"; readonly id: number; readonly metrics: Exposition };

/** What a worker tells the supervisor. */
export type ToSupervisor =
  | { readonly type: "pong" }
  | { readonly type: "ready"; readonly ready: ReadyWorker }
  | { readonly type: "report"; readonly id: number; readonly report: MetricsReport }
  /** Its last numbers, just before it ends. */
  | { readonly type: "farewell"; readonly report: MetricsReport }
  /** Somebody asked this worker for the numbers of all. */
  | { readonly type: "metrics"; readonly id: number };

/** What the "ready" line of the log says. */
export interface ReadyWorker {
  /** Where the API is, with the base path. */
  readonly url: string;
  readonly store: string;
  readonly auth: string;
}

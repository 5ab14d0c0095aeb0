import type { Handler } from "../http/server.ts";
import type { Log } from "../log.ts";
import type { RandomBytes } from "../session/id.ts";
import { startTracing } from "../tracing/start-tracing.ts";
import { TracedStore } from "../tracing/traced-store.ts";
import type { Tracing, TracingPlan } from "../tracing/tracing.ts";
import type { OpenStoreOptions } from "../store/open-store.ts";

export interface TracingNeeds {
  readonly config: { readonly tracing?: TracingPlan };
  readonly log: Log;
  readonly version: string;
  readonly randomBytes: RandomBytes;
}

/** Starts tracing when it is configured; `starting` ends it, after all that it tells of. */
export async function openTracing(
  { config, log, version, randomBytes }: TracingNeeds,
  starting: AsyncDisposableStack,
): Promise<Tracing | undefined> {
  if (config.tracing === undefined) return undefined;
  const instanceId = Buffer.from(randomBytes(16)).toString("hex");
  const tracing = await startTracing(config.tracing, {
    version,
    instanceId,
    onNews: ({ isSending, reason }) =>
      isSending
        ? log.write("info", "tracing_reachable", "spans reach the collector again")
        : log.write("warn", "tracing_unreachable", `spans are lost: ${reason}`),
  });
  starting.defer(() => tracing.close());
  log.addToEveryLine(() => tracing.present() ?? {});
  return tracing;
}

/** What asks how the service is would fill the collector and says nothing about it. */
const UNTRACED: ReadonlySet<string | undefined> = new Set([
  "/health/live",
  "/health/ready",
  "/metrics",
]);

/** The handler itself, when there is no tracing. */
export function withTracing(tracing: Tracing | undefined, handler: Handler): Handler {
  if (tracing === undefined) return handler;
  return (request, peer) => {
    if (UNTRACED.has(peer.path)) return handler(request, peer);
    return tracing.request(request, async () => handler(request, peer));
  };
}

/** The option of `openStore` that tells of its calls. */
export function tracedEngine(tracing: Tracing | undefined): Pick<OpenStoreOptions, "wrapEngine"> {
  if (tracing === undefined) return {};
  return { wrapEngine: (store, engine) => new TracedStore(store, tracing, engine) };
}

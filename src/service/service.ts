import type { Neighbourhood } from "../cache/neighbours.ts";
import type { Config } from "../config.ts";
import type { AccessPlan } from "../config/access.ts";
import { loadOrCreateFirstKey } from "../config/first-key.ts";
import { createApp } from "../http/app.ts";
import type { Access } from "../http/auth/access.ts";
import { HttpServer } from "../http/server.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Exposition } from "../metrics/merged-metrics.ts";
import { AuditTrail } from "../session/audit-trail.ts";
import type { AuditLog } from "../session/audit.ts";
import { StoreClock } from "../session/clock.ts";
import type { RandomBytes } from "../session/id.ts";
import { SessionManager } from "../session/manager.ts";
import { type CacheInForce, type CacheOptions, LEASE_MS } from "../store/open-cache.ts";
import { type OpenedStore, openStore } from "../store/open-store.ts";
import { describeTarget } from "../store/store-target.ts";
import { StoreWatch } from "../store/store-watch.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { openIssuers } from "./auth-servers.ts";
import { EventLoopLag } from "./event-loop-lag.ts";
import { ExpirySweep } from "./expiry-sweep.ts";
import { type Fleet, Readiness } from "./readiness.ts";
import { requestIds } from "./request-ids.ts";
import { openVault } from "./service-vault.ts";
import { openTracing, tracedEngine, withTracing } from "./service-tracing.ts";
import { tellStoreNews } from "./store-news.ts";

export interface ServiceParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** The machine's clock, epoch milliseconds. */
  readonly machine: () => number;
  readonly randomBytes: RandomBytes;
  /** How the sessions' store is opened. Absent: by store/open-store.ts. */
  readonly openStore?: typeof openStore;
  /** Of the processes that share the port. Absent: this one has it alone. */
  readonly workers?: {
    readonly fleet: () => Fleet | undefined;
    readonly metrics: () => Promise<Exposition>;
  };
  /** Workers of this machine, as far as they share memory. */
  readonly neighbourhood?: Neighbourhood;
}

/** The running service. */
export interface Service {
  /** Where the API is, with the base path. */
  readonly url: string;
  /** In words that may be logged. */
  readonly store: string;
  readonly auth: AccessPlan["kind"];
  /**
   * Stops taking requests, lets those in flight end, closes the store. True: all of them ended in time. `isReplaced`:
   * another process has taken over the port, so the service as a whole stays ready.
   */
  stop(end?: { readonly isReplaced: boolean }): Promise<boolean>;
}

/**
 * Puts the service together and starts it: a store, the manager on it, the application on that, a server before it.
 * Throws, with everything closed again and a message for the operator, when one of them cannot start. A Redis that is
 * down is not a reason: the service is not ready until it answers.
 */
export async function startService(parts: ServiceParts): Promise<Service> {
  await using starting = new AsyncDisposableStack();
  const { config, log, metrics, workers } = parts;
  const access = resolveAccess(parts);
  const tracing = await openTracing(parts, starting);
  const core = await startCore(parts, starting, tracing);
  const { watch, manager, clock, cache } = core;
  const issuers = openIssuers({ ...parts, issuers: config.issuers, tracing });
  const readiness = new Readiness(watch, cache, () => workers?.fleet());
  const app = createApp({
    manager,
    clock,
    basePath: config.basePath,
    ...(config.publicOrigin === undefined ? {} : { publicOrigin: config.publicOrigin }),
    isHttps: isHttps(config),
    ...openVault({ ...parts, ...core, ...issuers }, starting),
    trustedProxies: config.trustedProxies,
    check: config.check,
    access,
    maxBodyBytes: config.maxBodyBytes,
    readiness: () => readiness.answer(),
    metrics: () => (workers ?? { metrics: () => metrics.render() }).metrics(),
    onRequest: (entry) => {
      tracing?.answered(entry);
      metrics.request(entry);
      log.request(entry);
    },
    newRequestId: requestIds(parts.randomBytes),
    version: parts.version,
  });
  const server = await HttpServer.start({
    listen: config.listen,
    mayGroupConnect: access.kind !== "loopback",
    sharesPort: workers !== undefined,
    paths: app.paths,
    handler: withTracing(tracing, (request, peer) => app.fetch(request, peer)),
    onFault: (error) => log.fault("request_fault", "a request could not be answered", error),
  });
  addGauges(metrics, server, readiness, starting);
  const running = starting.move();
  return {
    url: server.url + config.basePath,
    store: describeTarget(config.store),
    auth: config.access.kind,
    stop: async ({ isReplaced } = { isReplaced: false }) => {
      if (!isReplaced) readiness.beginStopping();
      const isDrained = await server.stop(config.drainSeconds * 1000, isReplaced ? FAREWELL_MS : 0);
      await running.disposeAsync();
      return isDrained;
    },
  };
}

/** How long a process that is replaced ends connections after their next answer, before it ends the idle ones. */
const FAREWELL_MS = 500;

/** By its own certificate, or by that of what stands before it. */
function isHttps({ listen, publicOrigin }: Config): boolean {
  if (publicOrigin !== undefined) return publicOrigin.startsWith("https:");
  return listen.kind === "tcp" && listen.tls !== undefined;
}

/** The key of a first start is made here: the configuration only names its file. */
function resolveAccess({ config, log, randomBytes }: ServiceParts): Access {
  const plan = config.access;
  if (plan.kind === "off")
    log.write("warn", "auth_off", "SESSION_AUTH=off: whoever reaches the port may do everything");
  if (plan.kind !== "first_key") return plan;
  const { apiKey, isNew } = loadOrCreateFirstKey(plan.file, randomBytes);
  if (isNew)
    log.write("info", "first_key_made", `an API key with every scope was made: ${plan.file}`, {
      file: plan.file,
    });
  return { kind: "keys", keys: [apiKey] };
}

interface Core extends Omit<OpenedStore, "isSealed"> {
  readonly audit: AuditLog;
  /** Who is told what `audit` is told. */
  readonly listeners: AuditLog[];
  readonly watch: StoreWatch;
  readonly manager: SessionManager;
  readonly clock: StoreClock;
}

async function startCore(
  parts: ServiceParts,
  starting: AsyncDisposableStack,
  tracing: Tracing | undefined,
): Promise<Core> {
  const { config, log, metrics, machine, randomBytes } = parts;
  const clock = new StoreClock(machine);
  const listeners: AuditLog[] = [metrics, log];
  const audit: AuditLog = {
    record: (event) => {
      for (const listener of listeners) listener.record(event);
    },
  };
  const trail = new AuditTrail(audit, clock);
  const opened = await (parts.openStore ?? openStore)(config.store, {
    ...config,
    deadlineMs: config.storeDeadlineMs,
    machine,
    clock,
    onEvent: (message) => log.write("info", "store", message),
    onLateClose: (session) => trail.ended("closed", [session], LATE),
    randomBytes,
    observe: (call) => metrics.storeCall(call),
    ...tracedEngine(tracing),
    ...cacheOptions(config, metrics),
    ...(parts.neighbourhood && { neighbourhood: parts.neighbourhood }),
  });
  starting.defer(() => opened.store.close());
  if (!opened.isSealed)
    log.write(
      "warn",
      "store_plain",
      "tokens, codes and emails are stored unencrypted: set SESSION_ENCRYPTION_KEYS",
    );
  const { store, cache } = opened;
  addCacheGauges(metrics, cache);
  const watch = new StoreWatch({
    store,
    clock,
    machine,
    onNews: (news) => tellStoreNews(log, news),
  });
  await watch.start();
  starting.defer(() => watch.stop());
  const manager = new SessionManager({ store, policy: config.policy, clock, randomBytes, audit });
  const sweep = new ExpirySweep(manager, (error) =>
    log.fault("sweep_fault", "expired sessions could not be removed", error),
  );
  sweep.start();
  starting.defer(() => sweep.stop());
  return { ...opened, audit, listeners, watch, manager, clock };
}

/** Who closes a session whose close was not certain when its caller was answered. */
const LATE = { caller: "service", requestId: "late-close" };

function cacheOptions(config: Config, metrics: Metrics): { readonly cache: CacheOptions } {
  const maxBytes = config.cacheMegabytes * 1_048_576;
  const onWaited = (ms: number) => metrics.changeWaited(ms / 1000);
  return { cache: { mode: config.cacheMode, maxBytes, leaseMs: LEASE_MS, onWaited } };
}

function addCacheGauges(metrics: Metrics, { counts }: CacheInForce): void {
  metrics.gauge("session_cache_hits", "Reads answered from memory", () => counts().hits);
  metrics.gauge("session_cache_misses", "Reads that asked the store", () => counts().misses);
  metrics.gauge("session_cache_sessions", "Sessions in memory", () => counts().sessions);
  metrics.gauge("session_cache_bytes", "About how much memory they take", () => counts().bytes);
}

function addGauges(
  metrics: Metrics,
  server: HttpServer,
  readiness: Readiness,
  starting: AsyncDisposableStack,
): void {
  const lag = new EventLoopLag();
  lag.start();
  starting.defer(() => lag.stop());
  metrics.gauge(
    "session_event_loop_lag_seconds",
    "Longest delay of the event loop since the last reading",
    () => lag.takeWorstSeconds(),
    "max",
  );
  metrics.gauge(
    "session_http_requests_in_flight",
    "Requests being answered",
    () => server.requestsInFlight,
  );
  const ready = () => Number(readiness.isReady);
  metrics.gauge("session_ready", "1 while /health/ready says so", ready, "min");
}

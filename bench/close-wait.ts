import { join } from "node:path";
import type { RedisServer } from "../test/support/redis-server.ts";
import { Echo } from "./echo.ts";
import { inParallel, loginOf, numbers } from "./login.ts";
import { SETTLE_MS } from "./revocation.ts";
import { percentile } from "./statistics.ts";
import { AUTHORIZATION } from "./targets/api-key.ts";
import { startServiceProcess } from "./targets/service.ts";
import { ROOT } from "./tools.ts";

/** What a close costs in each kind of 4 processes, all on one Redis. In milliseconds. */
export interface CloseWait {
  /** Nobody is told: the delete and nothing else. */
  readonly bare: CloseTimes;
  /** These keep nothing in memory. They tell each other of their closes, too, and wait for nobody. */
  readonly off: CloseTimes;
  /** These have the session in memory, and wait for each other: services of their own, as on 4 machines. */
  readonly exact: CloseTimes;
  /** The same for 4 workers of one service, which share memory. */
  readonly workers: CloseTimes;
  /** What 4 processes that do nothing else need for a message and its answers, at the same pace. */
  readonly echo: Percentiles;
  readonly perSecond: number;
}

/** `newsMs`: what telling the others and waiting for them took after the delete, as the service counts it; the mean. */
interface CloseTimes extends Percentiles {
  readonly newsMs: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

const PROCESSES = 4;
/** The kernel spreads them over the workers, so that each of these gets some. */
const CONNECTIONS = 16;
/** A moment between closes: moderate load, most of which is the creates and gets that come before each close. */
const PAUSE_MS = 4;
/** Of each kind, many at once: all kinds of processes are warm then. */
const WARM_UP_PER_CLOSE = 3;
const UNTOLD = join(ROOT, "bench", "targets", "untold-service.ts");

export async function measureCloseWait(
  redis: RedisServer,
  dir: string,
  closes: number,
): Promise<CloseWait> {
  await using stack = new AsyncDisposableStack();
  const ports = await startKinds(redis.url, dir, stack);
  const echo = stack.use(await Echo.start(redis.url, PROCESSES));
  await Bun.sleep(SETTLE_MS);
  const warmUp = numbers(closes * WARM_UP_PER_CLOSE);
  for (const kind of KINDS) await inParallel(warmUp, 16, (i) => closeOnce(ports[kind], i));
  await inParallel(warmUp, 1, () => echo.once());
  const counted = await ofEach((kind) => newsOf(ports[kind]));
  const times = await ofEach(async (): Promise<number[]> => []);
  const echoes: number[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < closes; i += 1) {
    for (const kind of KINDS) times[kind].push(await closeOnce(ports[kind], i));
    echoes.push(await echo.once());
    await Bun.sleep(PAUSE_MS);
  }
  const perSecond = (closes * 1000) / (performance.now() - startedAt);
  const measured = await ofEach(async (kind) => ({
    ...summary(times[kind]),
    newsMs: meanSince(counted[kind], await newsOf(ports[kind])),
  }));
  return { ...measured, echo: summary(echoes), perSecond };
}

const KINDS = ["bare", "off", "exact", "workers"] as const;
type Kind = (typeof KINDS)[number];

async function ofEach<T>(give: (kind: Kind) => Promise<T>): Promise<Record<Kind, T>> {
  const given = KINDS.map(async (kind) => [kind, await give(kind)] as const);
  return Object.fromEntries(await Promise.all(given)) as Record<Kind, T>;
}

/** The ports to ask of each kind: one of each process, or as many connections to the port that several have. */
async function startKinds(
  redisUrl: string,
  dir: string,
  stack: AsyncDisposableStack,
): Promise<Record<Kind, readonly number[]>> {
  const start = async (kind: Kind, more: Readonly<Record<string, string>>, program?: string) => {
    const settings = { SESSION_STORE: redisUrl, SESSION_REDIS_PREFIX: `close-${kind}`, ...more };
    const options = { name: `close-${kind}`, dir, settings, ...(program && { program }) };
    return stack.use(await startServiceProcess(options)).port;
  };
  const startAll = async (kind: Kind, cache: string, program?: string) => {
    const ports: number[] = [];
    while (ports.length < PROCESSES)
      ports.push(await start(kind, { SESSION_CACHE: cache }, program));
    return ports;
  };
  const bare = await startAll("bare", "off", UNTOLD);
  const [off, exact] = [await startAll("off", "off"), await startAll("exact", "exact")];
  const settings = { SESSION_CACHE: "exact", SESSION_WORKERS: `${PROCESSES}` };
  const port = await start("workers", settings);
  return { bare, off, exact, workers: Array.from({ length: CONNECTIONS }, () => port) };
}

interface News {
  readonly count: number;
  readonly seconds: number;
}

/** What processes count of the news of changes: told, and waited for. */
async function newsOf(ports: readonly number[]): Promise<News> {
  const texts = await Promise.all([...new Set(ports)].map((port) => metricsOf(port)));
  const sum = (name: string) =>
    texts
      .map(
        (text) => new RegExp(`^session_change_wait_seconds_${name} (\\S+)$`, "m").exec(text)?.[1],
      )
      .reduce((total, value) => total + Number(value), 0);
  return { count: sum("count"), seconds: sum("sum") };
}

async function metricsOf(port: number): Promise<string> {
  const headers = { authorization: AUTHORIZATION };
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
}

function meanSince(before: News, after: News): number {
  return ((after.seconds - before.seconds) * 1000) / (after.count - before.count);
}

/** Each process has the session in memory before one of them, a different one each time, closes it. */
async function closeOnce(ports: readonly number[], turn: number): Promise<number> {
  const api = (at: number) => `http://127.0.0.1:${ports[at % ports.length]}/a01/session`;
  const headers = { authorization: AUTHORIZATION, "content-type": "application/json" };
  const body = JSON.stringify(loginOf(crypto.randomUUID(), "device"));
  const created = await fetch(api(turn + 1), { method: "POST", headers, body });
  const { session_id: id } = (await created.json()) as { session_id: string };
  const look = async (at: number) => (await fetch(`${api(at)}/${id}`, { headers })).arrayBuffer();
  await Promise.all([...ports.keys()].map(look));
  const startedAt = performance.now();
  const answer = await fetch(`${api(turn)}/${id}`, { method: "DELETE", headers });
  await answer.arrayBuffer();
  const took = performance.now() - startedAt;
  if (answer.status !== 200) throw new Error(`a close was answered ${answer.status}`);
  return took;
}

function summary(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

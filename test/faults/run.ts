import { type Verdict, judge } from "./check/verdict.ts";
import { Caller, userName } from "./caller.ts";
import type { Deployment } from "./deployment.ts";
import type { History, Incident, Promises } from "./history.ts";
import { KnownSessions } from "./known-sessions.ts";
import { Operations } from "./operations.ts";
import { Seeded } from "./random.ts";
import { RecordedLinks, Recorder } from "./recorder.ts";
import { remainsIn } from "./remains.ts";
import { scheduleOf } from "./schedule.ts";

/** What happens while the callers work. */
export interface Stage {
  readonly deployment: Deployment;
  readonly random: Seeded;
  readonly incidents: Incident[];
  /** Whose sessions the callers work on. */
  readonly users: readonly string[];
}

export interface RunPlan {
  readonly seed: number;
  /** Ends when the callers shall end. */
  readonly meanwhile: (stage: Stage) => Promise<void>;
  readonly callers?: number;
  readonly users?: number;
  /** What is promised under what is done meanwhile, where that is less than the deployment promises. */
  readonly promises?: Partial<Promises>;
}

export interface RunResult {
  readonly verdict: Verdict;
  readonly history: History;
  readonly promises: Promises;
  readonly operations: number;
  readonly unknown: number;
  readonly seconds: number;
}

const CALLERS = 16;
const USERS = 8;
const AUDITORS = 8;
/** Names of a run's users and values, different from those of the run before on the same store. */
let runs = 0;

/**
 * Lets callers work through all processes while something happens to them, waits until all is well again without any help,
 * reads what is there, and judges what was answered.
 */
export async function run(deployment: Deployment, plan: RunPlan): Promise<RunResult> {
  const startedAt = performance.now();
  const recorder = new Recorder();
  const known = new KnownSessions();
  const incidents: Incident[] = [];
  await work(deployment, plan, { recorder, known, incidents });
  await deployment.ready();
  await untilOver(recorder, deployment.promises.clockMs);
  const quietFrom = performance.now();
  await audit(deployment, recorder, known);
  const servers = await deployment.primaries();
  const remains = servers.length === 0 ? {} : { remains: await remainsIn(servers) };
  const { entries, oddities } = recorder;
  const history: History = { entries, incidents, quietFrom, oddities, ...remains };
  const promises = { ...deployment.promises, ...plan.promises };
  return {
    verdict: judge(history, promises),
    history,
    promises,
    operations: entries.length,
    unknown: entries.filter(({ outcome }) => outcome === "unknown").length,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

interface Desk {
  readonly recorder: Recorder;
  readonly known: KnownSessions;
  readonly incidents: Incident[];
}

async function work(deployment: Deployment, plan: RunPlan, desk: Desk): Promise<void> {
  const { seed, callers = CALLERS, users = USERS } = plan;
  const { recorder, known, incidents } = desk;
  const name = `r${process.pid}x${runs++}`;
  const names = Array.from({ length: users }, (_, user) => userName(name, user));
  const shape = { users, nodes: deployment.nodes.length };
  await using links = new AsyncDisposableStack();
  let isStopped = false;
  const working = Array.from({ length: callers }, (_, at) => {
    const operations = operationsOf(deployment, recorder, at, links);
    const also = operationsOf(deployment, recorder, at, links);
    const caller = new Caller({ operations, also, known, name: `${name}.${at}` });
    return caller.run(scheduleOf(seed, at, shape), () => isStopped);
  });
  const random = new Seeded(seed).branch(0);
  const faults = plan.meanwhile({ deployment, random, incidents, users: names });
  await Promise.race([faults, Promise.all(working)]).finally(() => (isStopped = true));
  await Promise.all(working);
}

function operationsOf(
  { ports }: Deployment,
  recorder: Recorder,
  caller: number,
  owned: AsyncDisposableStack,
): Operations {
  const links = new RecordedLinks(
    ports.map((port) => () => port),
    recorder,
    caller,
  );
  owned.defer(() => links.close());
  return new Operations(links);
}

/** Until every short session is over, so that the audit meets none that ends while it looks. */
async function untilOver({ entries }: Recorder, clockMs: number): Promise<void> {
  const ends = entries.flatMap(({ verb, result }) =>
    verb === "create" && typeof result === "object" ? [result.expiresAt] : [],
  );
  const soon = ends.filter((end) => end < performance.now() + 10_000);
  const last = Math.max(0, ...soon) + clockMs;
  await Bun.sleep(Math.max(0, last - performance.now()));
}

/** Reads every user's list at every process, and every session at one of them. */
async function audit(deployment: Deployment, recorder: Recorder, known: KnownSessions) {
  await using links = new AsyncDisposableStack();
  const nodes = deployment.nodes.length;
  const auditors = Array.from({ length: AUDITORS }, (_, at) =>
    operationsOf(deployment, recorder, -1 - at, links),
  );
  const users = known.all();
  const lists = users.flatMap(([user]) => deployment.nodes.map((_, node) => ({ user, node })));
  const gets = users.flatMap(([, sessions]) => sessions);
  await eachOf(auditors, lists, (auditor, { user, node }) => auditor.list(node, user));
  await eachOf(auditors, gets, (auditor, { id }, at) => auditor.get(at % nodes, id));
}

async function eachOf<W, T>(
  workers: readonly W[],
  items: readonly T[],
  each: (worker: W, item: T, at: number) => Promise<unknown>,
): Promise<void> {
  const left = [...items.entries()];
  await Promise.all(
    workers.map(async (worker) => {
      for (let next = left.pop(); next; next = left.pop()) await each(worker, next[1], next[0]);
    }),
  );
}

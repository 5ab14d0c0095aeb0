import { expect } from "bun:test";
import { bucketOfUser } from "../../../src/session/id.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import { idsOf } from "../../support/sessions.ts";
import { until } from "../../support/until.ts";
import { type CheckOptions, violations } from "./checks.ts";
import type { Entry } from "./history.ts";
import { CAP, Workload } from "./workload.ts";

export interface Drill extends Omit<CheckOptions, "cap"> {
  /** Opens one more client of the same data. */
  readonly client: () => Promise<SessionStore>;
  readonly users: readonly string[];
  /** What happens to the servers meanwhile. */
  readonly faults: () => Promise<void>;
}

const CLIENTS = 2;
const CERTAIN_WITHIN_MS = 30_000;

/**
 * Lets many callers work through two clients while the servers suffer, then checks what each was told against what the
 * others saw and what is there in the end. Returns the history, for a test to see that the drill was one.
 */
export async function drill(plan: Drill): Promise<readonly Entry[]> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, plan.client));
  const fresh = await plan.client();
  try {
    const workload = new Workload(clients, plan.users);
    workload.start();
    try {
      await plan.faults();
    } finally {
      await workload.stop();
    }
    for (const client of clients) await closesAreCertain(client);
    await workload.readAll(fresh);
    await expectListsEqualRecords(fresh, workload.history, plan.users);
    const { keepsWrites } = plan;
    expect(violations(workload.history, { keepsWrites, cap: CAP })).toEqual([]);
    return workload.history;
  } finally {
    await Promise.all([...clients, fresh].map((client) => client.close()));
  }
}

/** A key of the slot that the user's sessions are in. */
export function keyOf(userId: string): string {
  return `{${bucketOfUser(userId)}}`;
}

/** Users for whom `wanted` holds, none sharing a slot with another of them. */
export async function usersWhere(
  count: number,
  wanted: (userId: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const users: string[] = [];
  for (let n = 0; users.length < count; n++) {
    const userId = `user${n}`;
    const isAlone = users.every((user) => keyOf(user) !== keyOf(userId));
    if (isAlone && (await wanted(userId))) users.push(userId);
  }
  return users;
}

/** How many operations were told as failed, by what was told. */
export function failuresIn(history: readonly Entry[]): { none: number; unknown: number } {
  const count = (outcome: string) => history.filter(({ told }) => told.outcome === outcome).length;
  return { none: count("none"), unknown: count("unknown") };
}

/** Until the client has no close left that it answered as unknown and tries again. */
async function closesAreCertain(client: SessionStore): Promise<void> {
  const isCertain = async () => {
    const { warnings } = await client.ping();
    return !warnings.some((warning) => warning.startsWith("Closes not certain yet"));
  };
  await until(isCertain, { what: "all closes are certain", withinMs: CERTAIN_WITHIN_MS });
}

async function expectListsEqualRecords(
  store: SessionStore,
  history: readonly Entry[],
  users: readonly string[],
): Promise<void> {
  for (const userId of users) {
    const live = [];
    for (const entry of history)
      if (entry.verb === "insert" && entry.session.userId === userId)
        if (await store.find(entry.session.id)) live.push(entry.session.id);
    expect(idsOf(await store.listByUser(userId)).toSorted()).toEqual(live.toSorted());
  }
}

import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Session } from "../../src/session/session.ts";
import type { InsertOptions, SessionStore } from "../../src/session/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import {
  aSession,
  aVersion,
  anExpiredSession,
  inIdOrder,
  nextOf,
  usersOfOneBucket,
} from "../support/sessions.ts";
import { size } from "../support/size.ts";
import type { OpenStore } from "./opened-store.ts";

const USERS = [...usersOfOneBucket(), "user007"];
const DEVICES = ["phone", "laptop", "Phone"];

/** One step. `which` and `user` choose among what there is, whatever number they are. */
type Step =
  | {
      readonly verb: "insert";
      readonly user: number;
      readonly device: number;
      readonly hasRunOut: boolean;
      readonly usedSecondsAgo: number;
      readonly cap: number;
      readonly replaceDevice: boolean;
      readonly key: number | null;
      readonly fingerprint: number;
    }
  | { readonly verb: "find" | "delete"; readonly which: number }
  | { readonly verb: "replace"; readonly which: number; readonly isStale: boolean }
  | { readonly verb: "touch"; readonly which: number; readonly byMs: number }
  | { readonly verb: "list" | "deleteByUser"; readonly user: number }
  | { readonly verb: "deleteOthers"; readonly which: number }
  | { readonly verb: "purge" };

/** Random sequences of all verbs have the same results on the store as on the memory store. */
export function describeModel(
  name: string,
  open: OpenStore,
  options: { readonly purges: boolean },
): void {
  test(`${name} answers any sequence of calls as the memory store does`, async () => {
    const steps = fc.array(anyStep(options.purges), { minLength: 5, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const opened = await open();
        try {
          await compare(opened.store, sequence);
        } finally {
          await opened.close();
        }
      }),
      { numRuns: size(20, 400) },
    );
  }, 300_000);
}

async function compare(store: SessionStore, sequence: readonly Step[]): Promise<void> {
  const model = new MemoryStore();
  const made: Session[] = [];
  for (const [at, step] of sequence.entries()) {
    const call = await callOf(step, at, made, model);
    const expected = await call(model);
    expect(await call(store), `step ${at}: ${JSON.stringify(step)}`).toEqual(expected);
  }
  for (const userId of USERS)
    expect(await store.listByUser(userId)).toEqual(await model.listByUser(userId));
  for (const { id } of made) expect(await store.find(id)).toEqual(await model.find(id));
}

type Call = (store: SessionStore) => Promise<unknown>;

async function callOf(step: Step, at: number, made: Session[], model: SessionStore): Promise<Call> {
  switch (step.verb) {
    case "insert":
      return insertOf(step, at, made);
    case "find":
      return (store) => store.find(chosen(step.which, made).id);
    case "delete":
      return (store) => store.delete(chosen(step.which, made).id);
    case "replace": {
      const { id } = chosen(step.which, made);
      const read = (await model.find(id)) ?? chosen(step.which, made);
      const next = nextOf(read, { attributes: { accessToken: `token of step ${at}` } });
      return (store) => store.replace(next, step.isStale ? aVersion(1) : read.version);
    }
    case "touch": {
      const session = chosen(step.which, made);
      const stored = (await model.find(session.id)) ?? session;
      return (store) => store.touch(session, stored.lastUsedAt + step.byMs);
    }
    case "list":
      return (store) => store.listByUser(userOf(step.user));
    case "deleteByUser":
      return async (store) => inIdOrder(await store.deleteByUser(userOf(step.user)));
    case "deleteOthers": {
      const { userId, id } = chosen(step.which, made);
      return async (store) => inIdOrder(await store.deleteByUser(userId, id));
    }
    case "purge":
      return async (store) => inIdOrder(await store.purgeExpired(Date.now()));
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}

function insertOf(step: Step & { verb: "insert" }, at: number, made: Session[]): Call {
  // No two sessions have the same last use: the order of eviction among those is not promised.
  const lastUsedAt = Date.now() - 3_600_000 - step.usedSecondsAgo * 1000 - at;
  const shown = { userId: userOf(step.user), deviceId: DEVICES[step.device % 3] ?? "", lastUsedAt };
  const session = step.hasRunOut ? anExpiredSession(shown) : aSession(shown);
  made.push(session);
  const options: InsertOptions = {
    cap: step.cap,
    replaceDevice: step.replaceDevice,
    ...(step.key === null ? {} : { idempotency: entryOf(step.user, step.key, step.fingerprint) }),
  };
  return async (store) => {
    const outcome = await store.insert(session, options);
    if (outcome.outcome !== "inserted") return outcome;
    return {
      ...outcome,
      replaced: inIdOrder(outcome.replaced),
      expired: inIdOrder(outcome.expired),
    };
  };
}

function entryOf(user: number, key: number, fingerprint: number) {
  return {
    key: Buffer.alloc(32, userOf(user) + key),
    fingerprint: Buffer.alloc(32, fingerprint),
    answer: Buffer.from(`answer to ${key} with ${fingerprint}`),
    expiresAt: Date.now() + 600_000,
  };
}

function userOf(user: number): string {
  return USERS[user % USERS.length] ?? "";
}

/** One of the sessions made so far; before the first, one that is stored nowhere. */
function chosen(which: number, made: readonly Session[]): Session {
  return made[which % made.length] ?? aSession();
}

function anyStep(purges: boolean): fc.Arbitrary<Step> {
  const user = fc.nat(2);
  const which = fc.nat(30);
  const insert = fc.record({
    verb: fc.constant("insert" as const),
    user,
    device: fc.nat(2),
    hasRunOut: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    usedSecondsAgo: fc.nat(1000),
    cap: fc.integer({ min: 1, max: 5 }),
    replaceDevice: fc.boolean(),
    key: fc.option(fc.nat(2), { freq: 2 }),
    fingerprint: fc.nat(1),
  });
  const ofOne = (verb: "find" | "delete" | "deleteOthers") =>
    fc.record({ verb: fc.constant(verb), which }) as fc.Arbitrary<Step>;
  const ofUser = (verb: "list" | "deleteByUser") =>
    fc.record({ verb: fc.constant(verb), user }) as fc.Arbitrary<Step>;
  return fc.oneof(
    { weight: 8, arbitrary: insert },
    { weight: 3, arbitrary: ofOne("find") },
    { weight: 2, arbitrary: ofOne("delete") },
    { weight: 1, arbitrary: ofOne("deleteOthers") },
    { weight: 3, arbitrary: ofUser("list") },
    { weight: 1, arbitrary: ofUser("deleteByUser") },
    {
      weight: 4,
      arbitrary: fc.record({
        verb: fc.constant("replace" as const),
        which,
        isStale: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        verb: fc.constant("touch" as const),
        which,
        byMs: fc.integer({ min: -5000, max: 5000 }),
      }),
    },
    ...(purges ? [{ weight: 1, arbitrary: fc.constant<Step>({ verb: "purge" }) }] : []),
  );
}

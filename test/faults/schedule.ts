import { FIELDS, type Field } from "./history.ts";
import { Seeded } from "./random.ts";

/** Which of the sessions a caller knows: this many before the user's newest. */
export type Back = number;

/** What a caller does next, in terms that do not depend on what was answered. */
type Planned =
  | {
      readonly verb: "create";
      readonly kind: "plain" | "replacing" | "short" | "repeatable";
      readonly device: number;
    }
  | { readonly verb: "get"; readonly back: Back }
  | { readonly verb: "check"; readonly back: Back; readonly withOldToken: boolean }
  | {
      readonly verb: "update";
      readonly back: Back;
      readonly fields: readonly Field[];
      readonly condition: "none" | "read" | "stale";
    }
  | { readonly verb: "rotate"; readonly back: Back }
  | { readonly verb: "close"; readonly back: Back }
  | { readonly verb: "closeAll"; readonly keeps?: Back }
  | { readonly verb: "list" };

export type Step = Planned & {
  readonly user: number;
  readonly node: number;
  /** What a repeated create asks next. */
  readonly otherNode: number;
};

export interface Shape {
  readonly users: number;
  readonly nodes: number;
}

/** Of users that log in more often than they log out: their sessions meet the cap. */
const CROWDED_EVERY = 4;
const NEWEST = 6;
const DEVICES = 3;

/** What one caller does, without end. The same seed, caller and shape: the same steps. */
export function* scheduleOf(seed: number, caller: number, shape: Shape): Generator<Step, never> {
  const random = new Seeded(seed).branch(caller + 1);
  for (;;) {
    const user = random.below(shape.users);
    const node = random.below(shape.nodes);
    const otherNode = random.below(shape.nodes);
    yield { ...plan(random, isCrowded(user)), user, node, otherNode };
  }
}

export function isCrowded(user: number): boolean {
  return user % CROWDED_EVERY === CROWDED_EVERY - 1;
}

function plan(random: Seeded, crowded: boolean): Planned {
  const dice = random.next();
  const back = random.below(NEWEST);
  if (dice < 0.1) return create(random, crowded);
  if (dice < 0.33) return { verb: "get", back };
  if (dice < 0.5) return { verb: "check", back, withOldToken: random.chance(0.2) };
  if (dice < 0.78) return update(random, back);
  if (dice < 0.81) return { verb: "rotate", back };
  if (dice < 0.9) return { verb: "list" };
  if (dice < (crowded ? 0.92 : 0.975)) return { verb: "close", back };
  if (crowded) return create(random, crowded);
  return random.chance(0.3) ? { verb: "closeAll", keeps: back } : { verb: "closeAll" };
}

function create(random: Seeded, crowded: boolean): Planned {
  const dice = random.next();
  const device = random.below(DEVICES);
  if (crowded || dice < 0.7) return { verb: "create", kind: "plain", device };
  if (dice < 0.8) return { verb: "create", kind: "replacing", device };
  return { verb: "create", kind: dice < 0.87 ? "short" : "repeatable", device };
}

function update(random: Seeded, back: Back): Planned {
  const condition = random.oneOf(["none", "none", "read", "read", "stale"] as const);
  const first = random.oneOf(FIELDS);
  const second = random.oneOf(FIELDS);
  return { verb: "update", back, condition, fields: first === second ? [first] : [first, second] };
}

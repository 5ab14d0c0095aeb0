/**
 * What a caller knows of an operation when it is over. "fail": it certainly had no effect. "unknown": it may have
 * happened, may still happen, or may never: no answer, or a 503 that says so. Of a read, both say nothing.
 */
export type Outcome = "ok" | "fail" | "unknown";

interface Timed {
  /** When it was asked and when it was over, on one monotonic clock, milliseconds. */
  readonly invoke: number;
  readonly complete: number;
  readonly outcome: Outcome;
  /** The process that was asked. */
  readonly node: number;
  readonly caller: number;
}

export const FIELDS = ["access_token", "refresh_token", "auth_code", "user_email"] as const;
export type Field = (typeof FIELDS)[number];
/** Every value is written once in a history, so that it tells who wrote it. */
export type Fields = { readonly [F in Field]?: string };

/** A session as an answer shows it. */
export interface Shown {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  readonly version: string;
  readonly fields: Fields;
}

/** The answer of a create. */
export interface Made {
  readonly id: string;
  readonly token: string;
  readonly version: string;
  readonly user: string;
  readonly device: string;
  /** On the clock of `invoke`. */
  readonly expiresAt: number;
}

/** `result` is there when the outcome is "ok". "absent" is 404, of a check 401; "mismatch" 412, of a create 422. */
interface Verbs {
  create: {
    readonly user: string;
    readonly device: string;
    readonly fields: Fields;
    /** Two bodies under one key are two requests. */
    readonly key?: string;
    readonly replaces: boolean;
    /** Absent: longer than any history. */
    readonly lifetimeSeconds?: number;
    readonly result?: Made | "mismatch";
  };
  get: { readonly id: string; readonly result?: Shown | "absent" };
  check: {
    readonly id: string;
    readonly token: string;
    readonly result?: Omit<Shown, "version" | "fields"> | "absent";
  };
  update: {
    readonly id: string;
    readonly ifVersion?: string;
    readonly changes: Fields;
    readonly result?: Shown | "absent" | "mismatch";
  };
  rotate: {
    readonly id: string;
    readonly result?: { readonly token: string; readonly version: string } | "absent";
  };
  close: { readonly id: string; readonly result?: "closed" | "absent" };
  closeAll: { readonly user: string; readonly except?: string; readonly result?: number };
  list: {
    readonly user: string;
    readonly result?: readonly { readonly id: string; readonly device: string }[];
  };
}

export type Verb = keyof Verbs;
export type EntryOf<V extends Verb> = V extends Verb
  ? Timed & { readonly verb: V } & Verbs[V]
  : never;
export type Entry = EntryOf<Verb>;
/** What an operation adds to the history besides its times. */
export type Body = { [V in Verb]: { readonly verb: V } & Verbs[V] }[Verb];

/** What befell the store or the processes, on the clock of the operations. */
export type Incident =
  /** All that was stored is gone: a FLUSHALL, an empty restart. */
  | { readonly kind: "wipe"; readonly from: number; readonly to: number }
  /** Nothing that asks the store gets an answer of it between the two. */
  | { readonly kind: "unreachable"; readonly from: number; readonly to: number }
  /** A process or server was killed; reads after `to` were answered by what came up again. */
  | { readonly kind: "crash"; readonly from: number; readonly to: number };

/** What was seen in the store itself when everything had come to rest. */
export interface Remains {
  /** Keys that would stay for ever. */
  readonly immortal: readonly string[];
  /** Sessions with a record that their user's index does not name. */
  readonly unlisted: readonly string[];
}

export interface History {
  readonly entries: readonly Entry[];
  readonly incidents: readonly Incident[];
  /** Reads that began from here on met a store at rest: no change was under way. */
  readonly quietFrom: number;
  readonly remains?: Remains;
  /** Answers that no caller should ever get, one line each: a status out of the contract, a secret in an error. */
  readonly oddities: readonly string[];
}

/** What the deployment promises, and so what may be held against it. */
export interface Promises {
  /** Sessions that a user may have. */
  readonly cap: number;
  /** "regular": with the cache on, a read sees the last answered state or a change under way. */
  readonly reads: "atomic" | "regular";
  /** No acknowledged create or update may be lost. */
  readonly keepsWrites: boolean;
  /** How far the clocks of the rig and the service may differ about an expiry. */
  readonly clockMs: number;
  /** How long a read may be answered without the store being asked. */
  readonly leaseMs: number;
}

export function entriesOf<V extends Verb>(
  entries: readonly Entry[],
  verb: V,
): readonly EntryOf<V>[] {
  return entries.filter((entry) => entry.verb === verb) as unknown as readonly EntryOf<V>[];
}

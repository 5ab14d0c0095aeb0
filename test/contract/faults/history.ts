import { type FailedOutcome, SessionError } from "../../../src/session/errors.ts";
import type { SessionId } from "../../../src/session/id.ts";
import type { Session, SessionSummary, Version } from "../../../src/session/session.ts";
import type { ReplaceOutcome, TouchOutcome } from "../../../src/session/store.ts";

/** What the caller of one operation knows of it. */
export type Told<T> =
  | { readonly outcome: "ok"; readonly value: T }
  /** It failed: certainly without effect, or nobody knows. */
  | { readonly outcome: FailedOutcome };

/** When an operation began and was answered, on one clock of this process, milliseconds. */
interface Timed {
  readonly invoked: number;
  readonly answered: number;
}

/** One operation. Ends of sessions are told as ids. */
export type Entry = Timed &
  (
    | {
        readonly verb: "insert";
        readonly session: Session;
        readonly told: Told<readonly SessionId[]>;
      }
    | {
        readonly verb: "find";
        readonly id: SessionId;
        readonly told: Told<Session | undefined>;
      }
    | {
        readonly verb: "list";
        readonly userId: string;
        readonly told: Told<readonly SessionSummary[]>;
      }
    | {
        readonly verb: "replace";
        /** In place of this version. */
        readonly base: Version;
        readonly next: Session;
        readonly told: Told<ReplaceOutcome>;
      }
    | {
        readonly verb: "touch";
        readonly id: SessionId;
        readonly lastUsedAt: number;
        readonly told: Told<TouchOutcome>;
      }
    | { readonly verb: "delete"; readonly id: SessionId; readonly told: Told<readonly SessionId[]> }
    | {
        readonly verb: "deleteByUser";
        readonly userId: string;
        readonly exceptId: SessionId | undefined;
        readonly told: Told<readonly SessionId[]>;
      }
  );

export type EntryOf<V extends Entry["verb"]> = Extract<Entry, { readonly verb: V }>;

/** Runs an operation and says when it was and what was told. What no store may throw is thrown on. */
export async function timed<T>(
  operation: () => Promise<T>,
): Promise<Timed & { readonly told: Told<T> }> {
  const invoked = performance.now();
  const told = await tell(operation);
  return { invoked, answered: performance.now(), told };
}

async function tell<T>(operation: () => Promise<T>): Promise<Told<T>> {
  try {
    return { outcome: "ok", value: await operation() };
  } catch (error) {
    if (error instanceof SessionError) return { outcome: error.outcome };
    throw error;
  }
}

import type { Connection } from "./connection.ts";
import { isBusy, isFull } from "./faults.ts";
import type { SessionTable } from "./session-table.ts";

/** One change, in a transaction. It may be undone and run again, so it does nothing but statements. */
export type Step = (table: SessionTable) => unknown;

export type StepResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

export type BatchResult =
  /** On the disk, but for the steps that failed alone. */
  | { readonly outcome: "committed"; readonly results: readonly StepResult[] }
  /** Nothing happened: another connection is writing. */
  | { readonly outcome: "busy"; readonly error: unknown }
  /** Nothing happened: there is no room. */
  | { readonly outcome: "full"; readonly error: unknown }
  /** Nothing happened: the step at `index` (none: the beginning) failed so that SQLite gave the transaction up. */
  | { readonly outcome: "lost"; readonly index: number | undefined; readonly error: unknown }
  /** Nobody knows whether anything happened: the commit failed on its way to the disk. */
  | { readonly outcome: "unknown"; readonly error: unknown };

/**
 * Runs the steps in one transaction. One that fails leaves the others alone: all are undone and run again, each in a
 * savepoint of its own. Only then (`isApart`), because a savepoint copies every page that its step changes.
 */
export function runBatch(
  connection: Connection,
  steps: readonly Step[],
  isApart = false,
): BatchResult {
  try {
    connection.statements.begin.run();
  } catch (error) {
    return { outcome: reasonOf(error) ?? "lost", index: undefined, error };
  }
  const run = isApart ? runApart : runStep;
  const results: StepResult[] = [];
  for (const [index, step] of steps.entries()) {
    const result = run(connection, step);
    if (!result.ok && (isFull(result.error) || !connection.inTransaction)) {
      undoAll(connection);
      return { outcome: reasonOf(result.error) ?? "lost", index, error: result.error };
    }
    if (!result.ok && !isApart) {
      undoAll(connection);
      return runBatch(connection, steps, true);
    }
    results.push(result);
  }
  return commit(connection, results);
}

function runStep({ table }: Connection, step: Step): StepResult {
  try {
    return { ok: true, value: step(table) };
  } catch (error) {
    return { ok: false, error };
  }
}

function runApart(connection: Connection, step: Step): StepResult {
  const { statements, table } = connection;
  try {
    statements.savepoint.run();
    const value = step(table);
    statements.releaseSavepoint.run();
    return { ok: true, value };
  } catch (error) {
    if (connection.inTransaction) undoStep(connection);
    return { ok: false, error };
  }
}

function undoStep(connection: Connection): void {
  try {
    connection.statements.rollbackToSavepoint.run();
    connection.statements.releaseSavepoint.run();
  } catch {
    undoAll(connection);
  }
}

function commit(connection: Connection, results: readonly StepResult[]): BatchResult {
  try {
    connection.statements.commit.run();
    return { outcome: "committed", results };
  } catch (error) {
    undoAll(connection);
    return { outcome: reasonOf(error) ?? "unknown", error };
  }
}

/** SQLite gives a transaction up on its own after some errors; after the others it must be told to. */
function undoAll(connection: Connection): void {
  try {
    if (connection.inTransaction) connection.statements.rollback.run();
  } catch {
    // What cannot be rolled back ends with the connection: the caller sees the first error and discards it.
  }
}

function reasonOf(error: unknown): "busy" | "full" | undefined {
  if (isBusy(error)) return "busy";
  return isFull(error) ? "full" : undefined;
}

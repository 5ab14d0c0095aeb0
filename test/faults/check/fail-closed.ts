import type { Told } from "./told.ts";

/**
 * I20: while the store does not answer, nothing is answered as if it had: neither that a session is live, longer than a
 * lease lasts, nor that it is not.
 */
export function failClosed({ history, promises }: Told): readonly string[] {
  const outages = history.incidents.filter(({ kind }) => kind === "unreachable");
  return outages.flatMap(({ from, to }) =>
    history.entries
      .filter(({ outcome, invoke, complete }) => {
        return outcome === "ok" && invoke > from + promises.leaseMs && complete < to;
      })
      .map(
        ({ verb, invoke }) =>
          `a ${verb} was answered ${Math.round(invoke - from)} ms after the store was gone`,
      ),
  );
}

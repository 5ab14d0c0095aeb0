import type { z } from "zod";
import type { FieldError } from "../wire/problem.ts";

const MOST_TOLD = 20;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/** What a schema found wrong, in the words of the API and without what was sent. At most 20 errors. */
export function fieldErrorsOf(
  where: FieldError["in"],
  issues: readonly z.core.$ZodIssue[],
): readonly FieldError[] {
  return issues
    .slice(0, MOST_TOLD)
    .flatMap((issue) => errorsOf(where, issue))
    .slice(0, MOST_TOLD);
}

function errorsOf(where: FieldError["in"], issue: z.core.$ZodIssue): readonly FieldError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys
      .slice(0, MOST_TOLD)
      .map((name) => ({ in: where, field: tellableName(name), reason: "is not known here" }));
  return [{ in: where, field: String(issue.path[0] ?? ""), reason: issue.message }];
}

/** An unknown name helps to find a slip, but only if it is a plain name: anything else could be a misplaced secret. */
export function tellableName(name: string): string {
  return PLAIN_NAME.test(name) ? name : "";
}

import type { Requirement } from "./auth/guard.ts";
import type { Operation } from "./operation.ts";

/** One line of the route table. */
export interface Route {
  readonly method: "get" | "post" | "patch" | "delete";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly requires: Requirement;
  readonly operation: Operation;
}

export function route(
  method: Route["method"],
  path: string,
  requires: Requirement,
  operation: Operation,
): Route {
  return { method, path, requires, operation };
}

import type { Requirement } from "./auth/guard.ts";
import type { Operation } from "./operation.ts";

/** One line of the route table. */
export interface Route extends Requirement {
  /** "all": any method, at the path and anywhere below it. The OpenAPI document tells of its GET. */
  readonly method: "get" | "post" | "patch" | "delete" | "all";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly operation: Operation;
}

/** A route for services, and with `andUsers` for users too. */
export function route(
  method: Route["method"],
  path: string,
  requires: Requirement["requires"],
  operation: Operation,
  audience?: "andUsers",
): Route {
  return { method, path, requires, users: audience === "andUsers", operation };
}

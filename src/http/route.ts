import type { Requirement } from "./auth/guard.ts";
import type { Endpoint } from "./endpoint.ts";

/** One line of the route table. */
export interface Route<Target extends Endpoint = Endpoint> extends Requirement {
  /** "all": any method, at the path and anywhere below it. The OpenAPI document tells of its GET. */
  readonly method: "get" | "post" | "patch" | "delete" | "all";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly target: Target;
}

/** A route for services, and with `andUsers` for users too. */
export function route<Target extends Endpoint>(
  method: Route["method"],
  path: string,
  requires: Requirement["requires"],
  target: Target,
  audience?: "andUsers",
): Route<Target> {
  return { method, path, requires, users: audience === "andUsers", target };
}

/** The paths that lead to the route, each as `Peer.path` names it. */
export function pathsOf({ method, path }: Route): readonly string[] {
  return method === "all" ? [path, `${path}/*`] : [path];
}

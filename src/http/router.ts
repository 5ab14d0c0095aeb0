import { andThen } from "./and-then.ts";
import type { Guard } from "./auth/guard.ts";
import type { Call } from "./call.ts";
import { type Refusal, refuse, refuseFault } from "./problem.ts";
import { type Route, pathsOf } from "./route.ts";

/** Finds the route of a call, lets the guard look at the caller, and answers; at once where nothing is waited for. Never throws. */
export type Router = (call: Call) => Response | Promise<Response>;

/** The routes of one path, by method; "ALL" takes every method. */
type RoutesOfPath = ReadonlyMap<string, Leaf>;

interface Leaf {
  readonly route: Route;
  /** The path of a URL of this route, with what stands for the `{…}`. Undefined: there is none in the path. */
  readonly pattern: RegExp | undefined;
}

/** The server has found the path already, in what was sent (`Peer.path`): what is left is the method. */
export function createRouter(routes: readonly Route[], guard: Guard): Router {
  const table = tableOf(routes);
  return (call) => {
    try {
      if (!hasOneHost(call.request)) return refuse(call, badHost());
      const { path } = call.peer;
      const found = path === undefined ? undefined : table.get(path);
      const leaf = found && (found.get(methodOf(call)) ?? found.get("ALL"));
      return leaf ? answer(leaf, guard, call) : refuseUnmatched(found, call);
    } catch (error) {
      return refuseFault(call, error);
    }
  };
}

function tableOf(routes: readonly Route[]): ReadonlyMap<string, RoutesOfPath> {
  const table = new Map<string, Map<string, Leaf>>();
  for (const route of routes)
    for (const path of pathsOf(route)) {
      const ofPath = table.get(path) ?? new Map<string, Leaf>();
      ofPath.set(route.method.toUpperCase(), { route, pattern: patternOf(path) });
      table.set(path, ofPath);
    }
  return table;
}

function patternOf(path: string): RegExp | undefined {
  if (!path.includes("{")) return undefined;
  const [before = "", after = ""] = path.split(/\{\w+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^https?://[^/]+${before}([^/?#]+)${after}(?:[?#]|$)`);
}

/** HEAD is answered as GET; the server leaves the body out. */
function methodOf({ method }: Call): string {
  return method === "HEAD" ? "GET" : method;
}

function answer({ route, pattern }: Leaf, guard: Guard, call: Call): Response | Promise<Response> {
  const { target } = route;
  const parameter = pattern ? pattern.exec(call.request.url)?.[1] : "";
  // What was sent has this path, and its URL another one: something in it was resolved, such as `..`.
  if (parameter === undefined) return refuse(call, noSuchPath());
  if (route.method !== "all" && call.request.url.includes("#")) return refuse(call, badTarget());
  call.route = route.path;
  try {
    const answered = andThen(guard(call, route), (caller) =>
      caller.ok
        ? target.run(call, caller.value, parameter)
        : (target.refuse ?? refuse)(call, caller.refusal),
    );
    if (!(answered instanceof Promise)) return answered;
    return answered.catch((error: unknown) => refuseFault(call, error, target.refuse));
  } catch (error) {
    return refuseFault(call, error, target.refuse);
  }
}

/** Such a Host makes an absolute URL for certain; it is by far the most common. */
const PLAIN_HOST = /^[A-Za-z0-9.-]+(?::[0-9]{1,5})?$/;

/**
 * RFC 9112 section 3.2 asks for a 400 when there is not one valid Host: without one the server gives no absolute URL,
 * and of two it makes a list.
 */
function hasOneHost(request: Request): boolean {
  if (hasPlainHost(request.headers)) return true;
  const host = request.headers.get("host");
  return request.url.startsWith("http") && host?.includes(",") !== true;
}

/** Whether its Host is like nearly every Host is: then nothing is wrong with it. */
export function hasPlainHost(headers: Headers): boolean {
  const host = headers.get("host");
  return host !== null && PLAIN_HOST.test(host);
}

function refuseUnmatched(found: RoutesOfPath | undefined, call: Call): Response {
  const methods = new Set(found?.keys());
  if (methods.has("GET")) methods.add("HEAD");
  const allowed = METHODS.filter((method) => methods.has(method));
  const isMethodWrong = allowed.length > 0 && !allowed.includes(call.method);
  return refuse(call, isMethodWrong ? methodNotAllowed(allowed) : noSuchPath());
}

const METHODS = ["GET", "HEAD", "POST", "PATCH", "DELETE"];

function noSuchPath(): Refusal {
  return {
    code: "not_found",
    detail: "There is nothing at this path. GET /docs shows what there is.",
  };
}

function methodNotAllowed(allowed: readonly string[]): Refusal {
  const allow = allowed.join(", ");
  return {
    code: "method_not_allowed",
    detail: `This path takes ${allow}.`,
    headers: { allow },
  };
}

function badHost(): Refusal {
  return { code: "invalid_request", detail: "The request needs one valid Host." };
}

/** With a fragment, `?user_id=a#b` would be read as user `a`. A route that looks at no target does not mind. */
function badTarget(): Refusal {
  return { code: "invalid_request", detail: "The target of a request has no fragment." };
}

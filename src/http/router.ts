import { type Context, Hono } from "hono";
import type { Guard } from "./auth/guard.ts";
import type { Call } from "./call.ts";
import { type Refusal, refuse, refuseFault } from "./problem.ts";
import { type Route, pathsOf } from "./route.ts";

/** Finds the route of a call, lets the guard look at the caller, and answers. Never throws. */
export type Router = (call: Call) => Promise<Response>;

type Env = { Bindings: Call };

/**
 * Hono finds the route and nothing else: its own answers, its decoding of paths and its HEAD, which loses
 * Content-Length, are not those of this API.
 */
export function createRouter(routes: readonly Route[], guard: Guard): Router {
  const hono = new Hono<Env>({ getPath: (request, options) => pathOf(request, options?.env) });
  for (const route of routes) register(hono, route, (context) => answer(route, guard, context));
  hono.notFound((context) => refuseUnmatched(routes, context.env));
  return async (call) => {
    try {
      if (!hasOneHost(call.request)) return refuse(call, badHost());
      return await hono.fetch(asGet(call.request), call);
    } catch (error) {
      return refuseFault(call, error);
    }
  };
}

function register(
  hono: Hono<Env>,
  { method, path }: Route,
  handler: (context: Context<Env>) => Promise<Response>,
): void {
  // Hono's `/*` takes the path before it as well.
  if (method === "all") hono.all(`${path}/*`, handler);
  else hono.on(method, path.replace(/\{\w+\}/, ":parameter"), handler);
}

async function answer(route: Route, guard: Guard, context: Context<Env>): Promise<Response> {
  const call = context.env;
  const { target } = route;
  if (!isSentTo(route, call)) return refuse(call, noSuchPath());
  if (route.method !== "all" && call.request.url.includes("#")) return refuse(call, badTarget());
  call.route = route.path;
  try {
    const caller = await guard(call, route);
    if (!caller.ok) return (target.refuse ?? refuse)(call, caller.refusal);
    return await target.run(call, caller.value, context.req.param("parameter") ?? "");
  } catch (error) {
    return refuseFault(call, error, target.refuse);
  }
}

/** Not decoded, and by the path that was sent where that has no parameter: see `Peer.path`. */
function pathOf({ url }: Request, call: Call | undefined): string {
  const sentTo = call?.peer.path;
  if (sentTo === undefined) return "";
  if (!sentTo.includes("{")) return sentTo;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

function isSentTo(route: Route, { peer }: Call): boolean {
  return peer.path !== undefined && pathsOf(route).includes(peer.path);
}

/**
 * RFC 9112 section 3.2 asks for a 400 when there is not one valid Host: without one the server gives no absolute URL,
 * and of two it makes a list.
 */
function hasOneHost({ url, headers }: Request): boolean {
  return url.startsWith("http") && headers.get("host")?.includes(",") !== true;
}

/** HEAD is answered as GET; the server leaves the body out. */
function asGet(request: Request): Request {
  if (request.method !== "HEAD") return request;
  return new Request(request.url, { headers: request.headers });
}

function refuseUnmatched(routes: readonly Route[], call: Call): Response {
  const methods = new Set(
    routes.filter((route) => isSentTo(route, call)).map(({ method }) => method.toUpperCase()),
  );
  if (methods.has("GET")) methods.add("HEAD");
  const allowed = METHODS.filter((method) => methods.has(method));
  const isMethodWrong = allowed.length > 0 && !allowed.includes(call.request.method);
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

import type { Clock } from "../session/clock.ts";
import type { SessionManager } from "../session/manager.ts";
import type { Access } from "./auth/access.ts";
import type { TrustedProxies } from "./auth/client-address.ts";
import { andThen } from "./and-then.ts";
import { createGuard } from "./auth/guard.ts";
import { type Call, type Peer, requestIdOf, startCall } from "./call.ts";
import { devicesRoutes } from "./devices/devices-routes.ts";
import type { OpenApiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { type Route, pathsOf, route } from "./route.ts";
import { type Router, createRouter } from "./router.ts";
import { type LogoutSource, backChannelLogout } from "./routes/back-channel-logout.ts";
import { type CheckParts, check } from "./routes/check.ts";
import { type AccessTokenSource, accessToken } from "./routes/access-token.ts";
import { closeAllSessions } from "./routes/close-all-sessions.ts";
import { closeSession } from "./routes/close-session.ts";
import { type LoginSource, createSession } from "./routes/create-session.ts";
import { docsPage, openApiJson } from "./routes/documents.ts";
import { getSession } from "./routes/get-session.ts";
import { type Readiness, liveness, readiness } from "./routes/health.ts";
import { knownCheck } from "./routes/known-check.ts";
import { listSessions } from "./routes/list-sessions.ts";
import { type Exposition, metrics } from "./routes/metrics.ts";
import { rotateToken } from "./routes/rotate-token.ts";
import { updateSession } from "./routes/update-session.ts";

/** What the app is made of. */
export interface AppParts {
  readonly manager: SessionManager;
  /** The manager's clock. */
  readonly clock: Clock;
  /** Before the session routes, such as `/a01`; empty for none. */
  readonly basePath: string;
  readonly access: Access;
  readonly accessTokens: AccessTokenSource;
  readonly logins: LoginSource;
  readonly logouts: LogoutSource;
  /** Whether an auth server of this name is configured. */
  readonly isIssuer: (name: string) => boolean;
  /** Where users' browsers see this service, such as `https://app.example.org`. */
  readonly publicOrigin?: string;
  /** Whether they see it by HTTPS: then they are told to use nothing else from now on. */
  readonly isHttps: boolean;
  /** Whose word on a client's address is taken. */
  readonly trustedProxies: TrustedProxies;
  readonly check: Pick<CheckParts, "deadlineMs" | "forwardsToken">;
  /** The most a request's body may have. */
  readonly maxBodyBytes: number;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<Exposition>;
  /** Told of every answer, before it is sent. Must not throw and must not wait. */
  readonly onRequest: (entry: RequestEntry) => void;
  readonly newRequestId: () => string;
  readonly version: string;
}

/** One answered request. Nothing the caller wrote is in it but the request id, which is checked. */
export interface RequestEntry {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the route, such as `/a01/session/{id}`, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** The name of the calling service, once it is known. */
  readonly caller?: string | undefined;
  /** The code of the problem, if the answer was one. */
  readonly code?: string | undefined;
  /** The fault behind a 5xx, whole. For the log only. */
  readonly error?: unknown;
}

/** The HTTP API: a request in, its answer out. Never throws. */
export interface App {
  /** Where it has something, parameters in braces, a star at the end for anything below. Everything else is 404. */
  readonly paths: readonly string[];
  fetch(request: Request, peer: Peer): Response | Promise<Response>;
}

export function createApp(parts: AppParts): App {
  const routes = [...apiRoutes(parts), ...devicesRoutes(parts)];
  const router = createRouter(routes, createGuard(parts));
  const paths = [...new Set(routes.flatMap(pathsOf))];
  const checkPath = `${parts.basePath}/check`;
  const known = knownCheck({ ...parts, ...parts.check, route: checkPath });
  return {
    paths,
    fetch: (request, peer) => {
      const response = peer.path === checkPath ? known(request) : undefined;
      if (response === undefined) return answer(parts, router, request, peer);
      if (parts.isHttps) tellHttps(response);
      return response;
    },
  };
}

/** The document at /openapi.json. To describe routes calls no handler, so what they work with may be missing. */
export function describeApi(
  parts: Pick<AppParts, "basePath" | "version">,
): Promise<OpenApiDocument> {
  return describe(apiRoutes(parts as AppParts), parts.version);
}

/** What describes is loaded when it is asked to: few do, and never at the start. */
async function describe(
  routes: readonly Route<Operation>[],
  version: string,
): Promise<OpenApiDocument> {
  const { describeRoutes } = await import("./openapi.ts");
  return describeRoutes(routes, version);
}

/** The table of contents of the API. */
function apiRoutes(parts: AppParts): readonly Route<Operation>[] {
  const { manager, clock, basePath, version } = parts;
  const limit = { maxBytes: parts.maxBodyBytes };
  const all = `${basePath}/session`;
  const one = `${basePath}/session/{id}`;
  const token = `${one}/token`;
  const document: () => Promise<OpenApiDocument> = once(() => describe(routes, version));
  const routes: readonly Route<Operation>[] = [
    route("get", all, "read", listSessions(manager), "andUsers"),
    route("get", one, "read", getSession(manager), "andUsers"),
    route("post", all, "write", createSession(parts.logins, all, limit, parts.isIssuer)),
    route("patch", one, "write", updateSession(manager, limit)),
    route("delete", one, "write", closeSession(manager), "andUsers"),
    route("delete", all, "write", closeAllSessions(manager), "andUsers"),
    route("post", token, "write", rotateToken(manager, clock), "andUsers"),
    route("post", `${one}/access-token`, "tokens", accessToken(parts.accessTokens)),
    route("all", `${basePath}/check`, "public", check({ ...parts.check, manager, clock })),
    route("post", `${basePath}/backchannel-logout`, "public", backChannelLogout(parts.logouts)),
    route("get", "/health/live", "public", liveness()),
    route("get", "/health/ready", "public", readiness(parts.readiness)),
    route("get", "/metrics", "admin", metrics(parts.metrics)),
    route("get", "/openapi.json", "public", openApiJson(document)),
    route("get", "/docs", "public", docsPage(document)),
  ];
  return routes;
}

function answer(
  parts: AppParts,
  router: Router,
  request: Request,
  peer: Peer,
): Response | Promise<Response> {
  const start = performance.now();
  const call = startCall(request, peer, requestIdOf(request, parts.newRequestId));
  return andThen(router(call), (response) => {
    if (parts.isHttps) tellHttps(response);
    parts.onRequest(entryOf(call, response.status, (performance.now() - start) / 1000));
    return response;
  });
}

/** RFC 6797: for a year. Subdomains are not ours to speak for. */
function tellHttps(response: Response): void {
  response.headers.set("strict-transport-security", "max-age=31536000");
}

function entryOf(call: Call, status: number, seconds: number): RequestEntry {
  const { requestId, method, route: pattern, caller, code, error } = call;
  return {
    requestId,
    method,
    route: pattern,
    status,
    seconds,
    caller: caller?.name,
    code,
    error,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

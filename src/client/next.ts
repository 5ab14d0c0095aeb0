import type { CreateSession, CreatedSession } from "./api-types.ts";
import type { CloseOutcome } from "./session-client.ts";
import type { Login } from "./middleware/login.ts";
import {
  type AnswerHeaders,
  type GateRule,
  LoginGate,
  type LoginOptions,
  type SessionsOptions,
} from "./middleware/login-gate.ts";
import { responseOf } from "./middleware/refusal.ts";
import { type RequestFacts, factsOfWeb } from "./middleware/request-facts.ts";
import { SessionsError, refused } from "./middleware/sessions-error.ts";

export type { Login } from "./middleware/login.ts";
export type { LoginOptions, SessionsOptions } from "./middleware/login-gate.ts";
export { SessionsError } from "./middleware/sessions-error.ts";

/** A route handler of the App Router. `context` has the parameters of the path. */
export type NextHandler<R extends Request, Context> = (
  request: R,
  context: Context,
) => Response | Promise<Response>;

/** The rule of a route. */
export interface NextRule {
  /** Where a person who has to log in is sent instead of a 401, when they asked for a page. */
  readonly loginUrl?: string | ((request: Request) => string) | undefined;
}

export interface NextSessionsOptions extends SessionsOptions {
  /** The browser's address, as the proxy before Next says it. Default: none is passed on. */
  addressOf?(request: Request): string | undefined;
}

export interface NextSessions {
  /** A route handler for who is logged in; others get 401 (or `loginUrl`), and 503 when nobody can say. */
  required<R extends Request, Context = unknown>(
    handler: NextHandler<R, Context>,
    rule?: NextRule,
  ): (request: R, context: Context) => Promise<Response>;
  /** A route handler for everybody, but for 503 when a token was shown and nobody can say whose it is. */
  optional<R extends Request, Context = unknown>(
    handler: NextHandler<R, Context>,
  ): (request: R, context: Context) => Promise<Response>;
  /** The function of `proxy.ts` (`middleware.ts` before Next 16). Undefined: the request goes on. */
  proxy(rule?: NextRule): (request: Request) => Promise<Response | undefined>;
  /** Who is logged in, if anybody, for server components: `await sessions.read(await headers())`. Throws a SessionsError. */
  read(headers: Pick<Headers, "get">): Promise<Login | undefined>;
  /** Who is logged in, in a handler given to `required`. */
  of(request: Request): Login;
  /** Who is logged in, if anybody, in a handler given to `required` or `optional`. */
  find(request: Request): Login | undefined;
  /** Creates a session with the browser's user agent and address. The answer must have `headers`. Throws a SessionsError. */
  login(
    request: Request,
    session: CreateSession,
    options?: LoginOptions,
  ): Promise<{ readonly session: CreatedSession; readonly headers: Record<string, string> }>;
  /** Closes the session. The answer must have `headers`, which clear the cookie. Throws a SessionsError when it fails. */
  logout(
    request: Request,
  ): Promise<{ readonly outcome: CloseOutcome; readonly headers: Record<string, string> }>;
}

/** Sessions for a Next.js application (App Router). */
export function nextSessions(options: NextSessionsOptions): NextSessions {
  const gate = new LoginGate(options);
  const factsOf = (request: Request) => factsOfWeb(request, options.addressOf?.(request));
  const admit = (request: Request, rule: GateRule) => gate.admit(request, factsOf(request), rule);
  return {
    required:
      (handler, { loginUrl } = {}) =>
      async (request, context) => {
        const location = loginUrl === undefined ? undefined : () => urlOf(loginUrl, request);
        const refusal = await admit(request, { required: true, loginUrl: location });
        return refusal ? responseOf(refusal) : guarded(() => handler(request, context));
      },
    optional: (handler) => async (request, context) => {
      const refusal = await admit(request, { required: false });
      return refusal ? responseOf(refusal) : guarded(() => handler(request, context));
    },
    proxy:
      ({ loginUrl } = {}) =>
      async (request) => {
        // Next takes no relative Location from here.
        const location =
          loginUrl === undefined
            ? undefined
            : () => new URL(urlOf(loginUrl, request), request.url).href;
        const refusal = await admit(request, { required: true, loginUrl: location });
        return refusal && responseOf(refusal);
      },
    read: async (headers) => {
      const refusal = await gate.admit(headers, factsOfPage(headers), { required: false });
      if (refusal) throw refused("reading the session", refusal);
      return gate.find(headers);
    },
    of: (request) => gate.of(request),
    find: (request) => gate.find(request),
    login: async (request, session, login) => {
      const result = await gate.login(request, factsOf(request), session, login);
      return { session: result.session, headers: recordOf(result.headers) };
    },
    logout: async (request) => {
      const result = await gate.logout(request, factsOf(request));
      return { outcome: result.outcome, headers: recordOf(result.headers) };
    },
  };
}

/** A page is only ever rendered for GET: server actions must be guarded by `proxy`. */
function factsOfPage(headers: Pick<Headers, "get">): RequestFacts {
  const header = (name: string) => headers.get(name) ?? undefined;
  return { method: "GET", header, host: header("host"), address: undefined };
}

/** Next answers 500 to whatever a handler throws. */
async function guarded(handle: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof SessionsError) return error.getResponse();
    throw error;
  }
}

function urlOf(loginUrl: string | ((request: Request) => string), request: Request): string {
  return typeof loginUrl === "string" ? loginUrl : loginUrl(request);
}

function recordOf(headers: AnswerHeaders): Record<string, string> {
  return Object.fromEntries(headers);
}

import type { CreateSession, CreatedSession } from "./api-types.ts";
import type { CloseOutcome } from "./session-client.ts";
import type { Login } from "./middleware/login.ts";
import {
  type AnswerHeaders,
  LoginGate,
  type LoginOptions,
  type SessionsOptions,
} from "./middleware/login-gate.ts";
import { responseOf } from "./middleware/refusal.ts";
import { factsOfWeb } from "./middleware/request-facts.ts";

export type { Login } from "./middleware/login.ts";
export type { LoginOptions, SessionsOptions } from "./middleware/login-gate.ts";
export { SessionsError } from "./middleware/sessions-error.ts";

/** What is used of Hono's context (4). */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly res: Response;
}

export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** The rule of a route. */
export interface HonoRule {
  /** Where a person who has to log in is sent instead of a 401, when they asked for a page. */
  readonly loginUrl?: string | ((context: HonoContext) => string) | undefined;
}

export interface HonoSessionsOptions extends SessionsOptions {
  /** The browser's address, such as Hono's `getConnInfo(c).remote.address`. Default: none is passed on. */
  addressOf?(context: HonoContext): string | undefined;
}

export interface HonoSessions {
  /** Lets in who is logged in; others get 401 (or `loginUrl`), and 503 when nobody can say. */
  required(rule?: HonoRule): HonoMiddleware;
  /** Lets in everybody, but for 503 when a token was shown and nobody can say whose it is. */
  optional(): HonoMiddleware;
  /** Who is logged in, behind `required`. Throws where that is missing. */
  of(context: HonoContext): Login;
  /** Who is logged in, if anybody, behind `required` or `optional`. */
  find(context: HonoContext): Login | undefined;
  /** Creates a session with the browser's user agent and address, and sets the cookie. Throws a SessionsError. */
  login(
    context: HonoContext,
    session: CreateSession,
    options?: LoginOptions,
  ): Promise<CreatedSession>;
  /** Closes the session and clears the cookie. Throws a SessionsError, and leaves the cookie, when that fails. */
  logout(context: HonoContext): Promise<CloseOutcome>;
}

/** Sessions for a Hono application. */
export function honoSessions(options: HonoSessionsOptions): HonoSessions {
  const gate = new LoginGate(options);
  const factsOf = (context: HonoContext) =>
    factsOfWeb(context.req.raw, options.addressOf?.(context));
  const admitting =
    (required: boolean, loginUrl?: HonoRule["loginUrl"]): HonoMiddleware =>
    async (context, next) => {
      const location = loginUrl === undefined ? undefined : () => urlOf(loginUrl, context);
      const refusal = await gate.admit(context, factsOf(context), { required, loginUrl: location });
      if (refusal) return responseOf(refusal);
      await next();
      return undefined;
    };
  return {
    required: ({ loginUrl } = {}) => admitting(true, loginUrl),
    optional: () => admitting(false),
    of: (context) => gate.of(context),
    find: (context) => gate.find(context),
    login: async (context, session, login) => {
      const result = await gate.login(context, factsOf(context), session, login);
      put(context, result.headers);
      return result.session;
    },
    logout: async (context) => {
      const result = await gate.logout(context, factsOf(context));
      put(context, result.headers);
      return result.outcome;
    },
  };
}

function urlOf(loginUrl: string | ((context: HonoContext) => string), context: HonoContext) {
  return typeof loginUrl === "string" ? loginUrl : loginUrl(context);
}

/** On `res`, not by `header()`: what that sets is lost when a handler behind middleware answers with its own Response. */
function put(context: HonoContext, headers: AnswerHeaders): void {
  for (const [name, value] of headers)
    if (name === "set-cookie") context.res.headers.append(name, value);
    else context.res.headers.set(name, value);
}

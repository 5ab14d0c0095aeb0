import type { CreateSession, CreatedSession } from "./api-types.ts";
import type { CloseOutcome } from "./session-client.ts";
import type { Login } from "./middleware/login.ts";
import { LoginGate, type LoginOptions, type SessionsOptions } from "./middleware/login-gate.ts";
import type { Refusal } from "./middleware/refusal.ts";
import { type NodeRequest, type RequestFacts, factsOfNode } from "./middleware/request-facts.ts";

export type { Login } from "./middleware/login.ts";
export type { LoginOptions, SessionsOptions } from "./middleware/login-gate.ts";
export { SessionsError } from "./middleware/sessions-error.ts";

/** What is used of Express's request (4 and 5). `ip` follows the setting `trust proxy`. */
export interface ExpressRequest extends NodeRequest {
  readonly ip?: string | undefined;
}

/** What is used of Express's response. */
export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  appendHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

export type ExpressMiddleware = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

/** The rule of a route. */
export interface ExpressRule {
  /** Where a person who has to log in is sent instead of a 401, when they asked for a page. */
  readonly loginUrl?: string | ((request: ExpressRequest) => string) | undefined;
}

export interface ExpressSessions {
  /** Lets in who is logged in; others get 401 (or `loginUrl`), and 503 when nobody can say. */
  required(rule?: ExpressRule): ExpressMiddleware;
  /** Lets in everybody, but for 503 when a token was shown and nobody can say whose it is. */
  optional(): ExpressMiddleware;
  /** Who is logged in, behind `required`. Throws where that is missing. */
  of(request: ExpressRequest): Login;
  /** Who is logged in, if anybody, behind `required` or `optional`. */
  find(request: ExpressRequest): Login | undefined;
  /** Creates a session with the browser's user agent and address, and sets the cookie. Throws a SessionsError. */
  login(
    request: ExpressRequest,
    response: ExpressResponse,
    session: CreateSession,
    options?: LoginOptions,
  ): Promise<CreatedSession>;
  /** Closes the session and clears the cookie. Throws a SessionsError, and leaves the cookie, when that fails. */
  logout(request: ExpressRequest, response: ExpressResponse): Promise<CloseOutcome>;
}

/** Sessions for an Express application. */
export function expressSessions(options: SessionsOptions): ExpressSessions {
  const gate = new LoginGate(options);
  const admitting =
    (required: boolean, loginUrl?: ExpressRule["loginUrl"]): ExpressMiddleware =>
    async (request, response, next) => {
      const location = loginUrl === undefined ? undefined : () => urlOf(loginUrl, request);
      let refusal: Refusal | undefined;
      try {
        refusal = await gate.admit(request, factsOf(request), { required, loginUrl: location });
      } catch (error) {
        next(error);
        return;
      }
      if (refusal) answer(response, refusal);
      else next();
    };
  return {
    required: ({ loginUrl } = {}) => admitting(true, loginUrl),
    optional: () => admitting(false),
    of: (request) => gate.of(request),
    find: (request) => gate.find(request),
    login: async (request, response, session, login) => {
      const result = await gate.login(request, factsOf(request), session, login);
      for (const [name, value] of result.headers) put(response, name, value);
      return result.session;
    },
    logout: async (request, response) => {
      const result = await gate.logout(request, factsOf(request));
      for (const [name, value] of result.headers) put(response, name, value);
      return result.outcome;
    },
  };
}

function factsOf(request: ExpressRequest): RequestFacts {
  return factsOfNode(request, request.ip);
}

function urlOf(loginUrl: string | ((request: ExpressRequest) => string), request: ExpressRequest) {
  return typeof loginUrl === "string" ? loginUrl : loginUrl(request);
}

function answer(response: ExpressResponse, { status, headers, body }: Refusal): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/** The application's own cookies stay. */
function put(response: ExpressResponse, name: string, value: string): void {
  if (name === "set-cookie") response.appendHeader(name, value);
  else response.setHeader(name, value);
}

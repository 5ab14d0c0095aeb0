import type { CreateSession, CreatedSession } from "./api-types.ts";
import type { CloseOutcome } from "./session-client.ts";
import type { Login } from "./middleware/login.ts";
import { LoginGate, type LoginOptions, type SessionsOptions } from "./middleware/login-gate.ts";
import { type NodeRequest, type RequestFacts, factsOfNode } from "./middleware/request-facts.ts";

export type { Login } from "./middleware/login.ts";
export type { LoginOptions, SessionsOptions } from "./middleware/login-gate.ts";
export { SessionsError } from "./middleware/sessions-error.ts";

/** What is used of Fastify's request (5). `ip` follows the option `trustProxy`. */
export interface FastifyRequest extends NodeRequest {
  readonly ip: string;
}

/** What is used of Fastify's reply. */
export interface FastifyReply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** An `onRequest` or `preHandler` hook. */
export type FastifyHook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** The rule of a route. */
export interface FastifyRule {
  /** Where a person who has to log in is sent instead of a 401, when they asked for a page. */
  readonly loginUrl?: string | ((request: FastifyRequest) => string) | undefined;
}

export interface FastifySessions {
  /** Lets in who is logged in; others get 401 (or `loginUrl`), and 503 when nobody can say. */
  required(rule?: FastifyRule): FastifyHook;
  /** Lets in everybody, but for 503 when a token was shown and nobody can say whose it is. */
  optional(): FastifyHook;
  /** Who is logged in, behind `required`. Throws where that is missing. */
  of(request: FastifyRequest): Login;
  /** Who is logged in, if anybody, behind `required` or `optional`. */
  find(request: FastifyRequest): Login | undefined;
  /** Creates a session with the browser's user agent and address, and sets the cookie. Throws a SessionsError. */
  login(
    request: FastifyRequest,
    reply: FastifyReply,
    session: CreateSession,
    options?: LoginOptions,
  ): Promise<CreatedSession>;
  /** Closes the session and clears the cookie. Throws a SessionsError, and leaves the cookie, when that fails. */
  logout(request: FastifyRequest, reply: FastifyReply): Promise<CloseOutcome>;
}

/** Sessions for a Fastify application. */
export function fastifySessions(options: SessionsOptions): FastifySessions {
  const gate = new LoginGate(options);
  const admitting =
    (required: boolean, loginUrl?: FastifyRule["loginUrl"]): FastifyHook =>
    async (request, reply) => {
      const location = loginUrl === undefined ? undefined : () => urlOf(loginUrl, request);
      const refusal = await gate.admit(request, factsOf(request), { required, loginUrl: location });
      if (!refusal) return undefined;
      reply.code(refusal.status);
      for (const [name, value] of Object.entries(refusal.headers)) reply.header(name, value);
      reply.send(refusal.body);
      return reply;
    };
  return {
    required: ({ loginUrl } = {}) => admitting(true, loginUrl),
    optional: () => admitting(false),
    of: (request) => gate.of(request),
    find: (request) => gate.find(request),
    login: async (request, reply, session, login) => {
      const result = await gate.login(request, factsOf(request), session, login);
      for (const [name, value] of result.headers) reply.header(name, value);
      return result.session;
    },
    logout: async (request, reply) => {
      const result = await gate.logout(request, factsOf(request));
      for (const [name, value] of result.headers) reply.header(name, value);
      return result.outcome;
    },
  };
}

function factsOf(request: FastifyRequest): RequestFacts {
  return factsOfNode(request, request.ip);
}

function urlOf(loginUrl: string | ((request: FastifyRequest) => string), request: FastifyRequest) {
  return typeof loginUrl === "string" ? loginUrl : loginUrl(request);
}

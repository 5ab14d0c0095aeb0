import type { ProblemCode } from "../wire/problem.ts";
import type { Caller } from "./auth/caller.ts";

/** What only the server knows of a request. */
export interface Peer {
  /** Where it came from. Undefined on a unix socket. */
  readonly address: string | undefined;
  /**
   * The one of `App.paths` that the request was sent to, byte for byte. Undefined: none. The URL of the request may name
   * another one: there `..`, `%2e%2e` and backslashes are resolved.
   */
  readonly path: string | undefined;
}

/** One request on its way through the app, with what the log will tell of it. */
export interface Call {
  readonly request: Request;
  /** The request's, asked of the server once. */
  readonly method: string;
  readonly peer: Peer;
  readonly requestId: string;
  /** The pattern of the route, such as `/a01/session/{id}`; UNMATCHED until one is found. */
  route: string;
  /** Undefined until the credential was checked. */
  caller: Caller | undefined;
  /** The code of the problem that was answered, if one was. */
  code: ProblemCode | undefined;
  /** The fault behind the problem, for the log only. */
  error: unknown;
}

const UNMATCHED = "unmatched";

export function startCall(request: Request, peer: Peer, requestId: string): Call {
  return {
    request,
    method: request.method,
    peer,
    requestId,
    route: UNMATCHED,
    caller: undefined,
    code: undefined,
    error: undefined,
  };
}

/** What starts as a session token does may be one that was put into the wrong field: it must not come into the log. */
const REQUEST_ID = /^(?!smt_)[A-Za-z0-9._-]{1,128}$/;

/** The caller's X-Request-Id, or a new one when it sent none or one that is not 1 to 128 of A-Z a-z 0-9 . _ - */
export function requestIdOf(request: Request, newRequestId: () => string): string {
  const sent = request.headers.get("x-request-id");
  return sent !== null && REQUEST_ID.test(sent) ? sent : newRequestId();
}

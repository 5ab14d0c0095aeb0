import type { SessionManager } from "../../session/manager.ts";
import type { Session } from "../../session/session.ts";
import type { RequestEntry } from "../app.ts";
import { readShownToken } from "../auth/session-token.ts";
import { requestIdOf } from "../call.ts";
import { hasPlainHost } from "../router.ts";
import { type CheckParts, allow } from "./check.ts";

export interface KnownCheckParts extends CheckParts {
  /** As the log and the metrics name it. */
  readonly route: string;
  readonly newRequestId: () => string;
  /** Told of every answer. Must not throw. */
  readonly onRequest: (entry: RequestEntry) => void;
}

/**
 * The answer to most checks in one step, without what other requests need on their way: a token of a session in memory,
 * in a request with nothing odd about it. The same answer as `check` gives. Undefined says nothing: then the check goes
 * the way of every request. Never throws.
 */
export function knownCheck(parts: KnownCheckParts): (request: Request) => Response | undefined {
  const { manager, route, newRequestId, onRequest } = parts;
  return (request) => {
    const startedAt = performance.now();
    const { headers } = request;
    const session = hasPlainHost(headers) ? knownSession(manager, headers) : undefined;
    if (session === undefined) return undefined;
    const requestId = requestIdOf(request, newRequestId);
    const response = allow(parts, requestId, session);
    const seconds = (performance.now() - startedAt) / 1000;
    onRequest({ requestId, method: request.method, route, status: 200, seconds });
    return response;
  };
}

function knownSession({ known }: SessionManager, headers: Headers): Session | undefined {
  try {
    const authorization = headers.get("authorization");
    // As readShownToken reads it, which looks at the same characters twice more.
    if (authorization?.startsWith("Bearer smt_") && !headers.has("cookie"))
      return known.check(authorization, "Bearer ".length);
    const shown = readShownToken(headers, "ignored");
    return shown.kind === "shown" ? known.check(shown.token) : undefined;
  } catch {
    // It will fail again on the other way, which tells of it.
    return undefined;
  }
}

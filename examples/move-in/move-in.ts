import type { Request, RequestHandler, Response } from "express";
import { createHash } from "node:crypto";
import type { SessionClient } from "session-manager-client";
import type { ExpressSessions } from "session-manager-client/express";
import { OLD_COOKIE } from "./old-sessions.ts";

export interface MoveInParts {
  readonly client: SessionClient;
  readonly sessions: ExpressSessions;
}

/** Requests that a page sends at once all carry the old cookie: for so long they get the same new session. */
const TOGETHER_MS = 60_000;

/**
 * Moves in whoever is logged in by an old session and not yet by a new one: makes a session in the session manager, sets
 * its cookie and takes the old one away. Stands behind express-session and `sessions.optional()`.
 *
 * An old session moves once. Otherwise its cookie would log in again whoever has logged out, or whose session was
 * closed elsewhere. When the session manager cannot be reached the request fails, and the next one tries again.
 */
export function moveIn({ client, sessions }: MoveInParts): RequestHandler {
  return async (req, res, next) => {
    const { user, moved } = req.session;
    if (!user || sessions.find(req)) return next();
    if (moved && !(await isMoving(client, moved))) {
      await forgetOld(req, res);
      return next();
    }
    const { session_id: sessionId } = await sessions.login(
      req,
      res,
      { user_id: user.id, user_email: user.email },
      // The same for all requests of one old session, and nothing that could be guessed from it.
      { idempotencyKey: createHash("sha256").update(req.sessionID).digest("hex") },
    );
    req.session.moved ??= { sessionId, at: Date.now() };
    res.clearCookie(OLD_COOKIE);
    return next();
  };
}

/** Ends the old session for good: at the logout, and once it has moved. */
export async function forgetOld(req: Request, res: Response): Promise<void> {
  res.clearCookie(OLD_COOKIE);
  await new Promise<void>((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Whether this is one of the requests that came together with the one that moved. */
async function isMoving(
  client: SessionClient,
  { sessionId, at }: { readonly sessionId: string; readonly at: number },
): Promise<boolean> {
  if (Date.now() - at > TOGETHER_MS) return false;
  return (await client.get(sessionId, { touch: false })) !== undefined;
}

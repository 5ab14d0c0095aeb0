import { endLogin } from "../../lib/auth-server.ts";
import { NO_PENDING_COOKIE, readPending } from "../../lib/pending-cookie.ts";
import { sessions } from "../../lib/sessions.ts";
import { SETTINGS } from "../../lib/settings.ts";

/** The auth server has sent the browser back: the tokens go into a session, and the browser gets its cookie. */
export async function GET(request: Request): Promise<Response> {
  const pending = readPending(request);
  if (pending === undefined) return new Response("Please sign in again.", { status: 400 });
  const { userId, tokens, sid } = await endLogin(new URL(request.url).search, pending);
  const { issuer } = SETTINGS.authServer;
  const { headers } = await sessions.login(request, {
    user_id: userId,
    access_token: tokens.access_token,
    refresh_token: tokens.refresh_token,
    expiration_time: tokens.expires_in,
    ...(issuer === undefined ? {} : { issuer, sub: userId, sid }),
  });
  const response = new Response(null, { status: 303, headers: { ...headers, location: "/" } });
  response.headers.append("set-cookie", NO_PENDING_COOKIE);
  return response;
}

import { sessions } from "../../../lib/sessions.ts";
import { SETTINGS } from "../../../lib/settings.ts";

/** Calls the API in the user's name. The access token stays on this side; the browser has only its cookie. */
export const GET = sessions.required(async (request) => {
  const token = await sessions.of(request).getAccessToken();
  if (token === undefined) return Response.json({ error: "log in again" }, { status: 401 });
  const answer = await fetch(SETTINGS.ordersUrl, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  });
  return new Response(answer.body, {
    status: answer.status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
});

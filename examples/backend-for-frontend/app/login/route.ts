import { beginLogin } from "../../lib/auth-server.ts";
import { pendingCookie } from "../../lib/pending-cookie.ts";

export async function GET(): Promise<Response> {
  const { url, pending } = await beginLogin();
  return new Response(null, {
    status: 303,
    headers: { location: url.href, "set-cookie": pendingCookie(pending) },
  });
}

import { randomUUID } from "node:crypto";
import { forward } from "./forward.ts";
import { homePage, loginPage, messagePage, STYLE } from "./pages.ts";
import { signInSampleDevices } from "./sample-devices.ts";
import type { Granted, SessionService } from "./session-service.ts";

/** A request and the address of who sent it. */
type Handler = (request: Request, address: string) => Response | Promise<Response>;

/** `Secure` and the prefix `__Host-` hold on http://localhost too, in browsers other than Safari. */
const COOKIE = "Path=/; Secure; HttpOnly; SameSite=Lax";
const YEAR_SECONDS = 365 * 86_400;
/** What the service itself serves to browsers. The rest of its API stays behind this application. */
const DEVICES = /^\/a01\/devices(?:\/|$)/;

/** The sample application: a log-in form, a home page, a log-out button; the devices page comes from the service. */
export function createApplication(
  sessions: SessionService,
): (request: Request, address: string | undefined) => Promise<Response> {
  const routes = routesOf(sessions);
  return async (request, address = "127.0.0.1") => {
    const { pathname } = new URL(request.url);
    try {
      if (DEVICES.test(pathname)) return await forward(request, sessions.url, address);
      const handler = routes[`${request.method} ${pathname}`];
      if (!handler) return page(404, messagePage("Not here", "There is no such page."));
      if (request.method === "POST" && !isFromOwnPage(request))
        return page(403, messagePage("Refused", "Another site asked for this."));
      return await handler(request, address);
    } catch (error) {
      // Whoever cannot be checked is not signed in, and not signed out either.
      process.stderr.write(`${String(error)}\n`);
      return page(503, messagePage("Not available", "Please try again in a moment."));
    }
  };
}

function routesOf(sessions: SessionService): Readonly<Record<string, Handler>> {
  const withSampleDevices = new Set<string>();
  return {
    "GET /": async (request) => {
      const user = await sessions.check(request.headers.get("cookie"));
      if (user) return page(200, homePage(user.userId));
      const isBack = new URL(request.url).searchParams.has("signed-in");
      return isBack ? page(200, loginPage(NO_COOKIE)) : seeOther("/login");
    },
    "GET /login": () => page(200, loginPage()),
    "POST /login": async (request, address) => {
      const userId = await readName(request);
      if (userId === undefined) return page(400, loginPage("Please write a name."));
      await closeCurrent(sessions, request);
      if (!withSampleDevices.has(userId)) await signInSampleDevices(sessions, userId);
      withSampleDevices.add(userId);
      const deviceId = deviceIdOf(request) ?? randomUUID();
      const userAgent = userAgentOf(request);
      const granted = await sessions.create({ userId, deviceId, userAgent, ipAddress: address });
      return seeOther("/?signed-in", [sessionCookie(granted), deviceCookie(deviceId)]);
    },
    "POST /logout": async (request) => {
      await closeCurrent(sessions, request);
      return seeOther("/login", [`__Host-session=; Max-Age=0; ${COOKIE}`]);
    },
    "GET /style.css": () => new Response(STYLE, { headers: { "content-type": "text/css" } }),
  };
}

const NO_COOKIE =
  "Your browser did not keep the session cookie. On http://localhost, Chrome, Edge and Firefox do.";

/** The log-in of another user, or of the same one again, ends the session before it. */
async function closeCurrent(sessions: SessionService, request: Request): Promise<void> {
  const user = await sessions.check(request.headers.get("cookie"));
  if (user) await sessions.close(user.sessionId);
}

/** A form of another site must not sign anybody in or out. */
function isFromOwnPage({ headers, url }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  return site === null ? headers.get("origin") === new URL(url).origin : site === "same-origin";
}

/** Undefined also for what is no form. */
async function readName(request: Request): Promise<string | undefined> {
  const form = await request.formData().catch(() => undefined);
  const name = form?.get("name");
  const trimmed = typeof name === "string" ? name.trim() : "";
  return /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(trimmed) ? trimmed : undefined;
}

/** Anybody may send anything; the service takes no control characters. */
function userAgentOf({ headers }: Request): string {
  return (headers.get("user-agent") ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 500);
}

function sessionCookie({ token, expiresAt }: Granted): string {
  const seconds = Math.floor((expiresAt.getTime() - Date.now()) / 1000);
  return `__Host-session=${token}; Max-Age=${seconds}; ${COOKIE}`;
}

/** The browser's name for itself outlives its sessions: the next log-in is on the same device. */
function deviceCookie(deviceId: string): string {
  return `__Host-device=${deviceId}; Max-Age=${YEAR_SECONDS}; ${COOKIE}`;
}

function deviceIdOf({ headers }: Request): string | undefined {
  return /(?:^|; )__Host-device=([\da-f-]{36})(?:;|$)/.exec(headers.get("cookie") ?? "")?.[1];
}

function page(status: number, html: string): Response {
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; img-src data:",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
    },
  });
}

function seeOther(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

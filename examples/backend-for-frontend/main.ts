import * as callback from "./app/callback/route.ts";
import * as login from "./app/login/route.ts";
import * as logout from "./app/logout/route.ts";
import * as me from "./app/api/me/route.ts";
import * as orders from "./app/api/orders/route.ts";
import * as page from "./app/route.ts";
import { SETTINGS } from "./lib/settings.ts";

type Handler = (request: Request, context: unknown) => Response | Promise<Response>;

/** What Next.js does by the names of folders. The files in app/ are those of its App Router. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/": page,
  "/login": login,
  "/callback": callback,
  "/logout": logout,
  "/api/me": me,
  "/api/orders": orders,
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: SETTINGS.port,
  development: false,
  fetch: async (request) => {
    const handler = ROUTES[new URL(request.url).pathname]?.[request.method];
    return handler === undefined ? new Response(null, { status: 404 }) : handler(request, {});
  },
  error: (error) => {
    process.stderr.write(`${String(error)}\n`);
    return new Response("Please try again in a moment.", { status: 502 });
  },
});
process.stdout.write(`http://localhost:${server.port}\n`);

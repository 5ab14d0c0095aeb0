import { expect, test } from "bun:test";
import { type NextSessions, SessionsError, nextSessions } from "../../src/client/next.ts";
import { applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import { rejectionOf } from "../support/rejection.ts";
import { type Site, type SiteOptions, describeMiddleware } from "./middleware-suite.ts";

// Next itself is not started: it needs a build of hundreds of megabytes. Its route handlers are functions from the web's
// Request to its Response, by the name of the method; this server calls them as Next does, over HTTP.
describeMiddleware("Next's route handlers", startRoutes);

type Handler = (request: Request, context: { params: Promise<object> }) => Promise<Response>;
type RouteFile = Readonly<Record<string, Handler>>;

async function startRoutes(options: SiteOptions): Promise<Site> {
  const addresses = new WeakMap<Request, string>();
  const sessions = nextSessions({ ...options, addressOf: (request) => addresses.get(request) });
  const routes = routesOf(sessions);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, bun) => {
      addresses.set(request, bun.requestIP(request)?.address ?? "");
      const handler = routes[new URL(request.url).pathname]?.[request.method];
      return (
        handler?.(request, { params: Promise.resolve({}) }) ?? new Response("", { status: 404 })
      );
    },
    error: () => new Response("", { status: 500 }),
  });
  return { origin: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

function routesOf(sessions: NextSessions): Readonly<Record<string, RouteFile>> {
  const whoAmI = async (request: Request) => {
    const { userId, sessionId, deviceId, userEmail, getAccessToken } = sessions.of(request);
    const accessToken = await getAccessToken();
    return Response.json({ userId, sessionId, deviceId, userEmail, accessToken });
  };
  const me = sessions.required(whoAmI);
  const maybe = sessions.optional((request) =>
    Response.json({ user: sessions.find(request)?.userId ?? null }),
  );
  const login = sessions.optional(async (request) => {
    const user_id = new URL(request.url).searchParams.get("user") ?? "";
    const { session, headers } = await sessions.login(request, {
      user_id,
      device_id: "laptop",
      user_email: `${user_id}@example.org`,
      access_token: `access-of-${user_id}`,
    });
    const response = Response.json({ session_id: session.session_id }, { headers });
    response.headers.append("set-cookie", "own=1");
    return response;
  });
  const logout = sessions.optional(async (request) => {
    const { outcome, headers } = await sessions.logout(request);
    return Response.json({ outcome }, { headers });
  });
  return {
    "/me": { GET: me, POST: me },
    "/page": { GET: sessions.required(whoAmI, { loginUrl: "/sign-in" }) },
    "/maybe": { GET: maybe, POST: maybe },
    "/login": { POST: login },
    "/logout": { POST: logout },
  };
}

test("Next's proxy lets in who is logged in, and redirects to a whole URL", async () => {
  await using program = await startKeyedProgram();
  const client = applicationClient(program.origin);
  const { session_token } = await client.create({ user_id: "u" });
  const proxy = nextSessions({ client }).proxy({ loginUrl: "/sign-in" });
  const anonymous = await proxy(page({ accept: "text/html" }));
  expect(anonymous?.status).toBe(302);
  expect(anonymous?.headers.get("location")).toBe("https://app.example.org/sign-in");
  expect((await proxy(page({})))?.status).toBe(401);
  const cookie = `__Host-session=${session_token}`;
  expect(await proxy(page({ cookie }))).toBeUndefined();
});

test("Next's pages read who is logged in, and throw when nobody can say", async () => {
  await using program = await startKeyedProgram();
  const client = applicationClient(program.origin, { retry: false });
  const sessions = nextSessions({ client });
  const { session_token } = await client.create({ user_id: "u" });
  const headers = new Headers({ cookie: `__Host-session=${session_token}` });
  expect(await sessions.read(headers)).toMatchObject({ userId: "u" });
  expect(await sessions.read(new Headers())).toBeUndefined();
  await program.kill();
  const later = sessions.read(new Headers(headers));
  const error = await rejectionOf(later);
  expect(error).toBeInstanceOf(SessionsError);
  expect(error).toMatchObject({ status: 503 });
});

function page(headers: Record<string, string>): Request {
  return new Request("https://app.example.org/account", { headers });
}

import { Hono } from "hono";
import { getConnInfo } from "hono/bun";
import { setCookie } from "hono/cookie";
import type { Context } from "hono";
import { expect, test } from "bun:test";
import { honoSessions } from "../../src/client/hono.ts";
import { applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import { type Site, type SiteOptions, describeMiddleware } from "./middleware-suite.ts";

describeMiddleware("Hono", startHono);

async function startHono(options: SiteOptions): Promise<Site> {
  const sessions = honoSessions({
    ...options,
    addressOf: (c: Context) => getConnInfo(c).remote.address,
  });
  const app = new Hono();
  const whoAmI = async (c: Context) => {
    const { userId, sessionId, deviceId, userEmail, getAccessToken } = sessions.of(c);
    const accessToken = await getAccessToken();
    return c.json({ userId, sessionId, deviceId, userEmail, accessToken });
  };
  app.use("/me", sessions.required());
  app.all("/me", whoAmI);
  app.get("/page", sessions.required({ loginUrl: "/sign-in" }), whoAmI);
  app.all("/maybe", sessions.optional(), (c) => c.json({ user: sessions.find(c)?.userId ?? null }));
  app.post("/login", async (c) => {
    const user_id = c.req.query("user") ?? "";
    setCookie(c, "own", "1");
    const { session_id } = await sessions.login(c, {
      user_id,
      device_id: "laptop",
      user_email: `${user_id}@example.org`,
      access_token: `access-of-${user_id}`,
    });
    return c.json({ session_id });
  });
  app.post("/logout", async (c) => c.json({ outcome: await sessions.logout(c) }));
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
  return {
    origin: server.url.origin,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

test("Hono sends the cookie with a Response of the handler's own, behind any middleware", async () => {
  await using program = await startKeyedProgram();
  const sessions = honoSessions({ client: applicationClient(program.origin) });
  const app = new Hono();
  app.use(sessions.optional());
  app.post("/login", async (c) => {
    await sessions.login(c, { user_id: "u" });
    return new Response("own");
  });
  const response = await app.request("/login", { method: "POST" });
  expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=smt_/)]);
});

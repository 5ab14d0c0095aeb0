import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono } from "hono";
import { SessionClient } from "session-manager-client";
import { honoSessions } from "session-manager-client/hono";

const { PORT = "3000", SESSION_URL = "http://localhost:8090/a01", SESSION_API_KEY } = process.env;

const client = new SessionClient({ baseUrl: SESSION_URL, apiKey: SESSION_API_KEY });
const sessions = honoSessions({ client, addressOf: (c: Context) => getConnInfo(c).remote.address });
const app = new Hono();

app.use("/account/*", sessions.required({ loginUrl: "/" }));

app.get("/", (c) => c.html(PAGE));

// Here your auth server would say who it is. A log-in on the same device replaces the one before it.
app.post("/login", async (c) => {
  const { name, device } = await c.req.parseBody();
  if (typeof name !== "string" || name === "") return c.text("Please give a name.", 400);
  const onDevice =
    typeof device === "string" && device !== "" ? { device_id: device, replace_device: true } : {};
  await sessions.login(c, { user_id: name, ...onDevice });
  return c.redirect("/account/devices", 303);
});

app.get("/account/devices", async (c) => {
  const { userId, sessionId } = sessions.of(c);
  const { sessions: all } = await client.list(userId);
  const devices = all.map(({ device_id, session_id, last_used_at }) => ({
    device: device_id,
    last_used: last_used_at,
    current: session_id === sessionId,
  }));
  return c.json({ user: userId, devices });
});

app.post("/logout", async (c) => {
  await sessions.logout(c);
  return c.redirect("/", 303);
});

const PAGE = `<!doctype html><html lang="en"><title>Hono</title>
<h1>Hono with sessions</h1>
<form method="post" action="/login">
<label>Name <input name="name" required></label> <label>Device <input name="device"></label> <button>Sign in</button></form>
<p><a href="/account/devices">Your devices</a></p>
<form method="post" action="/logout"><button>Sign out</button></form></html>`;

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) => {
  process.stdout.write(`http://localhost:${port}\n`);
});

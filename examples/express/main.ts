import express from "express";
import type { AddressInfo } from "node:net";
import { SessionClient } from "session-manager-client";
import { expressSessions } from "session-manager-client/express";

const { PORT = "3000", SESSION_URL = "http://localhost:8090/a01", SESSION_API_KEY } = process.env;

const client = new SessionClient({ baseUrl: SESSION_URL, apiKey: SESSION_API_KEY });
const sessions = expressSessions({ client });
const app = express();

// The line that guards: whoever is not logged in is sent to the log-in form.
app.use("/account", sessions.required({ loginUrl: "/" }));

app.get("/", (_req, res) => {
  res.send(PAGE);
});

// Here your auth server would say who it is. The session is made only then.
app.post("/login", express.urlencoded(), async (req, res) => {
  const { name } = req.body as { name?: unknown };
  if (typeof name !== "string" || name === "") {
    res.status(400).send("Please give a name.");
    return;
  }
  await sessions.login(req, res, { user_id: name });
  res.redirect(303, "/account");
});

app.get("/account", async (req, res) => {
  const { userId, sessionId } = sessions.of(req);
  const { sessions: all } = await client.list(userId);
  res.json({ user: userId, this_session: sessionId, sessions: all.length });
});

app.post("/account/close-others", async (req, res) => {
  const { userId, sessionId } = sessions.of(req);
  const { closed } = await client.closeAll(userId, { except: sessionId });
  res.json({ closed });
});

app.post("/logout", async (req, res) => {
  await sessions.logout(req, res);
  res.redirect(303, "/");
});

const PAGE = `<!doctype html><html lang="en"><title>Express</title>
<h1>Express with sessions</h1>
<form method="post" action="/login"><label>Name <input name="name" required></label> <button>Sign in</button></form>
<p><a href="/account">Your account</a></p>
<form method="post" action="/account/close-others"><button>Sign out everywhere else</button></form>
<form method="post" action="/logout"><button>Sign out</button></form></html>`;

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://localhost:${port}\n`);
});

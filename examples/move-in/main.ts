import express from "express";
import type { AddressInfo } from "node:net";
import { SessionClient } from "session-manager-client";
import { expressSessions } from "session-manager-client/express";
import { forgetOld, moveIn } from "./move-in.ts";
import { oldSessions } from "./old-sessions.ts";

// The application during the move: it reads its old sessions, and makes new ones only in the session manager. When the
// longest old session has run out, the lines with "old" in them go, and move-in.ts and express-session with them.
const { PORT = "3000", SESSION_URL = "http://localhost:8090/a01", SESSION_API_KEY } = process.env;
const { OLD_SESSIONS = "old-sessions", OLD_SECRET = "keyboard cat" } = process.env;

const client = new SessionClient({ baseUrl: SESSION_URL, apiKey: SESSION_API_KEY });
const sessions = expressSessions({ client });
const app = express();

app.use(oldSessions(OLD_SESSIONS, OLD_SECRET), sessions.optional(), moveIn({ client, sessions }));

app.post("/login", express.urlencoded(), async (req, res) => {
  const { name } = req.body as { name?: unknown };
  await sessions.login(req, res, { user_id: String(name) });
  res.redirect(303, "/account");
});

app.get("/account", sessions.required(), (req, res) => {
  res.json({ user: sessions.of(req).userId });
});

app.post("/logout", async (req, res) => {
  await sessions.logout(req, res);
  await forgetOld(req, res);
  res.redirect(303, "/");
});

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://localhost:${port}\n`);
});

import express from "express";
import type { AddressInfo } from "node:net";
import { oldSessions } from "./old-sessions.ts";

// The application before the move: express-session, nothing else. It is here so that there are users to move.
const { PORT = "3000", OLD_SESSIONS = "old-sessions", OLD_SECRET = "keyboard cat" } = process.env;

const app = express();
app.use(oldSessions(OLD_SESSIONS, OLD_SECRET));

app.post("/login", express.urlencoded(), (req, res) => {
  const { name } = req.body as { name?: unknown };
  req.session.user = { id: String(name), email: `${String(name)}@example.org` };
  res.redirect(303, "/account");
});

app.get("/account", (req, res) => {
  if (!req.session.user) res.status(401).end();
  else res.json({ user: req.session.user.id });
});

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://localhost:${port}\n`);
});

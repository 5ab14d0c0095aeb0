// express + express-session + connect-redis, set up as the documentation of connect-redis does.
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
await client.connect();

const app = express();
app.use(
  session({
    store: new RedisStore({ client, prefix: "express:" }),
    resave: false,
    saveUninitialized: false,
    secret: "keyboard cat",
  }),
);

app.get("/check", (request, response) => {
  const { user } = request.session;
  if (user === undefined) return response.status(401).end();
  return response.set({ "x-session-user": user.user_id, "x-session-device": user.device_id }).end();
});

app.get("/session", (request, response) => {
  const { user } = request.session;
  if (user === undefined) return response.status(401).end();
  return response.json(user);
});

// A login makes a new session, as the documentation of express-session shows.
app.post("/session", express.json(), (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = request.body;
    response.status(201).json({ user_id: request.body.user_id });
  });
});

app.patch("/session", express.json(), (request, response) => {
  if (request.session.user === undefined) return response.status(401).end();
  Object.assign(request.session.user, request.body);
  return response.json(request.session.user);
});

app.delete("/session", (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.json({})));
});

app.listen(Number(process.env.PORT), "127.0.0.1");

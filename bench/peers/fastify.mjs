// fastify + @fastify/session on Redis. Its documentation names the stores of express-session: connect-redis is one.
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { RedisStore } from "connect-redis";
import fastify from "fastify";
import { createClient } from "redis";

const client = createClient({ url: process.env.REDIS_URL });
await client.connect();

const app = fastify();
await app.register(cookie);
await app.register(session, {
  secret: "a secret with minimum length of 32 characters",
  store: new RedisStore({ client, prefix: "fastify:" }),
  saveUninitialized: false,
  cookie: { secure: false },
});

app.get("/check", (request, reply) => {
  const { user } = request.session;
  if (user === undefined) return reply.code(401).send();
  return reply
    .headers({ "x-session-user": user.user_id, "x-session-device": user.device_id })
    .send();
});

app.get("/session", (request, reply) => request.session.user ?? reply.code(401).send());

app.post("/session", async (request, reply) => {
  await request.session.regenerate();
  request.session.user = request.body;
  return reply.code(201).send({ user_id: request.body.user_id });
});

app.patch("/session", async (request, reply) => {
  if (request.session.user === undefined) return reply.code(401).send();
  request.session.user = { ...request.session.user, ...request.body };
  return request.session.user;
});

app.delete("/session", async (request) => {
  await request.session.destroy();
  return {};
});

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });

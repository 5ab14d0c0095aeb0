import Fastify from "fastify";
import { type FastifyRequest, fastifySessions } from "../../src/client/fastify.ts";
import { type Site, type SiteOptions, describeMiddleware } from "./middleware-suite.ts";

describeMiddleware("Fastify", startFastify);

async function startFastify(options: SiteOptions): Promise<Site> {
  const sessions = fastifySessions(options);
  const app = Fastify();
  const whoAmI = async (request: FastifyRequest) => {
    const { userId, sessionId, deviceId, userEmail, getAccessToken } = sessions.of(request);
    return { userId, sessionId, deviceId, userEmail, accessToken: await getAccessToken() };
  };
  const onRequest = sessions.required();
  app.get("/me", { onRequest }, whoAmI);
  app.post("/me", { onRequest }, whoAmI);
  app.get("/page", { onRequest: sessions.required({ loginUrl: "/sign-in" }) }, whoAmI);
  app.route({
    method: ["GET", "POST"],
    url: "/maybe",
    onRequest: sessions.optional(),
    handler: async (request) => ({ user: sessions.find(request)?.userId ?? null }),
  });
  app.post<{ Querystring: { user: string } }>("/login", async (request, reply) => {
    const user_id = request.query.user;
    reply.header("set-cookie", "own=1");
    const { session_id } = await sessions.login(request, reply, {
      user_id,
      device_id: "laptop",
      user_email: `${user_id}@example.org`,
      access_token: `access-of-${user_id}`,
    });
    return { session_id };
  });
  app.post("/logout", async (request, reply) => ({
    outcome: await sessions.logout(request, reply),
  }));
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  return { origin, [Symbol.asyncDispose]: () => app.close() };
}

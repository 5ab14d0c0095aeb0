import express from "express";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ExpressRequest, expressSessions } from "../../src/client/express.ts";
import { type Site, type SiteOptions, describeMiddleware } from "./middleware-suite.ts";

describeMiddleware("Express", startExpress);

async function startExpress(options: SiteOptions): Promise<Site> {
  const sessions = expressSessions(options);
  const app = express();
  app.set("env", "test");
  const whoAmI = async (req: ExpressRequest) => {
    const { userId, sessionId, deviceId, userEmail, getAccessToken } = sessions.of(req);
    return { userId, sessionId, deviceId, userEmail, accessToken: await getAccessToken() };
  };
  app.all("/me", sessions.required(), async (req, res) => {
    res.json(await whoAmI(req));
  });
  app.get("/page", sessions.required({ loginUrl: "/sign-in" }), async (req, res) => {
    res.json(await whoAmI(req));
  });
  app.all("/maybe", sessions.optional(), (req, res) => {
    res.json({ user: sessions.find(req)?.userId ?? null });
  });
  app.post("/login", async (req, res) => {
    const user_id = new URL(req.url, "http://any").searchParams.get("user") ?? "";
    res.cookie("own", "1");
    const { session_id } = await sessions.login(req, res, {
      user_id,
      device_id: "laptop",
      user_email: `${user_id}@example.org`,
      access_token: `access-of-${user_id}`,
    });
    res.json({ session_id });
  });
  app.post("/logout", async (req, res) => {
    res.json({ outcome: await sessions.logout(req, res) });
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

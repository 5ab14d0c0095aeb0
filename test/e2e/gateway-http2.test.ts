import { expect, test } from "bun:test";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { join } from "node:path";
import { type Site, startSite } from "../support/gateway-site.ts";
import type { GatewayRecipe } from "../support/gateway.ts";
import { NGINX } from "../support/nginx.ts";
import type { Received } from "../support/recording-application.ts";

/** As in deploy/nginx/site/listen.conf, but without TLS. */
const NGINX_WITH_HTTP2: GatewayRecipe = {
  ...NGINX,
  prepare: async (dir, port, backends) => {
    const prepared = await NGINX.prepare(dir, port, backends);
    const listen = Bun.file(join(dir, "site", "listen.conf"));
    await Bun.write(listen, (await listen.text()).replace(/^listen (\S+);/, "listen $1 http2;"));
    return prepared;
  },
};

test("nginx decides alike by HTTP/2, where there is no Host and a cookie header for each cookie", async () => {
  await using site = await startSite(NGINX_WITH_HTTP2);
  const { token, userId } = await site.logIn("user007");
  const cookie = ["a=1", `__Host-session=${token}`, "b=2"];
  expect(await statusOf(site, { cookie, "x-session-user": "evil", x_session_user: "evil" })).toBe(
    200,
  );
  const headers: Received["headers"] = site.application.received.at(-1)?.headers ?? {};
  expect(headers["x-session-user"]).toBe(userId);
  expect(headers["cookie"]).toBe("a=1; b=2");
  expect(headers["host"]).toBe(new URL(site.gateway.origin).host);
  expect(headers).not.toHaveProperty("x_session_user");

  expect(await statusOf(site, { cookie: ["a=1"] })).toBe(401);
  expect(await statusOf(site, { cookie: [...cookie, `__Host-session=${token}x`] })).toBe(401);
  expect(await statusOf(site, { cookie, ":path": "/a01/devices" })).toBe(200);
  expect(site.application.received).toHaveLength(1);
});

/** Of a GET of / unless the headers name another path. */
async function statusOf(site: Site, headers: OutgoingHttpHeaders): Promise<number | undefined> {
  const client = connect(site.gateway.origin);
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  client.on("error", reject);
  const request = client.request({ ":path": "/", ...headers });
  request.on("error", reject);
  request.on("response", ({ ":status": status }) => resolve(status));
  request.end();
  try {
    return await promise;
  } finally {
    client.destroy();
  }
}

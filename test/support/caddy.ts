import { join } from "node:path";
import type { GatewayRecipe } from "./gateway.ts";

const CADDYFILE = join(import.meta.dir, "..", "..", "deploy", "caddy", "Caddyfile");

/** Caddy on deploy/caddy/Caddyfile itself: what differs from site to site comes from the environment. */
export const CADDY: GatewayRecipe = {
  program: "caddy",
  packages: ["caddy"],
  prepare: async (dir, port, { service, application }) => ({
    args: ["run", "--config", CADDYFILE, "--adapter", "caddyfile"],
    env: {
      HOME: dir,
      GATEWAY_ADMIN: "off",
      GATEWAY_SITE: `http://127.0.0.1:${port}`,
      SESSION_MANAGER: service,
      APPLICATION: application,
    },
  }),
};

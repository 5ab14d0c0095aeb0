import { cpSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Backends, GatewayRecipe } from "./gateway.ts";

const DEPLOYED = join(import.meta.dir, "..", "..", "deploy", "nginx");
const MODULES = "/usr/lib/nginx/modules";

/**
 * nginx on the files of deploy/nginx/ as they stand, but for what is meant to differ from site to site: the addresses
 * in site/upstreams.conf, and site/listen.conf as a whole (port, certificates, log, where to keep large bodies).
 */
export const NGINX: GatewayRecipe = {
  program: "nginx",
  packages: ["nginx", "libnginx-mod-http-js"],
  prepare: async (dir, port, backends) => {
    cpSync(DEPLOYED, dir, { recursive: true });
    if (existsSync(MODULES)) symlinkSync(MODULES, join(dir, "modules"));
    await placeUpstreams(join(dir, "site", "upstreams.conf"), backends);
    await Bun.write(join(dir, "site", "listen.conf"), listenLines(dir, port));
    // One process: it can be ended, or die with the tests, without leaving workers behind.
    const globals = `daemon off; master_process off; pid ${dir}/nginx.pid; error_log stderr;`;
    return { args: ["-p", dir, "-c", join(dir, "nginx.conf"), "-g", globals], env: {} };
  },
};

async function placeUpstreams(path: string, { service, application }: Backends): Promise<void> {
  const text = await Bun.file(path).text();
  const placed = text
    .replace("server 127.0.0.1:8090;", `server ${service};`)
    .replace("server 127.0.0.1:3000;", `server ${application};`);
  await Bun.write(path, placed);
}

function listenLines(dir: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    `listen 127.0.0.1:${port};`,
    // One log for all that nginx writes.
    "access_log /dev/stderr;",
    ...temporary.map((name) => `${name}_temp_path ${dir}/${name};`),
    "",
  ].join("\n");
}

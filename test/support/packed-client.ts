import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildClient } from "../../scripts/build-client.ts";
import { shell } from "./shell.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** What an application brings itself. */
const PEERS = ["express", "fastify", "hono", "@types"];

/** A folder of an application that has installed the client as `npm pack` makes it. */
export interface ApplicationFolder {
  readonly path: string;
  /** Where the client is in it. */
  readonly client: string;
}

/** Builds and packs the client, and unpacks it in a new application in `dir`. */
export async function installPackedClient(dir: string): Promise<ApplicationFolder> {
  const built = join(dir, "built");
  buildClient(built);
  const packed = await shell(`cd '${built}' && npm pack --silent --pack-destination '${dir}'`);
  if (packed.exitCode !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
  const path = join(dir, "application");
  const modules = join(path, "node_modules");
  mkdirSync(modules, { recursive: true });
  const tarball = join(dir, packed.stdout.trim());
  const unpacked = await shell(`tar -xzf '${tarball}' -C '${modules}'`);
  if (unpacked.exitCode !== 0) throw new Error(`tar failed: ${unpacked.stderr}`);
  const client = join(modules, "session-manager-client");
  cpSync(join(modules, "package"), client, { recursive: true });
  for (const name of PEERS) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  await Bun.write(join(path, "package.json"), JSON.stringify({ type: "module" }));
  return { path, client };
}

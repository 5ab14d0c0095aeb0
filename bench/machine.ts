import { cpus, release, totalmem } from "node:os";
import { NODE, PEERS, versionOf } from "./tools.ts";

/** What a run was made on, without the name of any machine. */
export function machineText(): string {
  const all = cpus();
  const model = all[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${all.length} processors (${model}), ${memory} GiB of memory, Linux ${release()}`;
}

export async function versionsText(): Promise<string> {
  const { dependencies = {} } = (await Bun.file(`${PEERS}/package.json`).json()) as {
    dependencies?: Record<string, string>;
  };
  const peers = Object.entries(dependencies)
    .filter(([name]) => name !== "node")
    .map(([name, version]) => `${name} ${version}`);
  return [
    `Bun ${Bun.version}`,
    `Node ${versionOf([NODE, "--version"])}`,
    `redis-server ${versionOf(["redis-server", "--version"])}`,
    `wrk ${versionOf(["wrk", "-v"])}`,
    ...peers,
  ].join(", ");
}

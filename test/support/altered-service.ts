import { randomBytes } from "node:crypto";
import { readConfig } from "../../src/config.ts";
import { Log } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import { startService } from "../../src/service/service.ts";
import type { openStore } from "../../src/store/open-store.ts";

/** The service as the environment configures it, on a store that is not what it should be. `version` says which one. */
export async function serveAltered(version: string, open: typeof openStore): Promise<void> {
  const outcome = readConfig({ environment: process.env });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  const { config } = outcome;
  await startService({
    config,
    log: new Log({ level: config.logLevel, fd: 1, onDrop: () => {}, now: Date.now }),
    metrics: new Metrics(version),
    version,
    machine: Date.now,
    randomBytes,
    openStore: open,
  });
}

import { randomBytes } from "node:crypto";
import { readConfig } from "../../../src/config.ts";
import { Log } from "../../../src/log.ts";
import { Metrics } from "../../../src/metrics.ts";
import { startService } from "../../../src/service/service.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { MUTANTS, type MutantName } from "./mutants.ts";

/** The service with the defect that its argument names, for the tests that must notice it. */
async function serve(name: MutantName): Promise<void> {
  const outcome = readConfig({ environment: process.env });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join("\n"));
  const { config } = outcome;
  await startService({
    config,
    log: new Log({ level: config.logLevel, fd: 1, onDrop: () => {} }),
    metrics: new Metrics("defective"),
    version: "defective",
    machine: Date.now,
    randomBytes,
    openStore: async (target, options) => {
      const opened = await openStore(target, options);
      const { defect } = MUTANTS[name];
      return { ...opened, store: await defect(opened.store, options, target) };
    },
  });
}

await serve(process.argv[2] as MutantName);

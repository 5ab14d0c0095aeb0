import { openStore } from "../../../src/store/open-store.ts";
import { serveAltered } from "../../support/altered-service.ts";
import { MUTANTS, type MutantName } from "./mutants.ts";

/** The service with the defect that its argument names, for the tests that must notice it. */
const name = process.argv[2] as MutantName;

await serveAltered("defective", async (target, options) => {
  const opened = await openStore(target, options);
  const { defect } = MUTANTS[name];
  return { ...opened, store: await defect(opened.store, options, target) };
});

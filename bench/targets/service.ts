import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../test/support/redis-server.ts";
import { type MeasuredProcess, startProcess } from "../processes.ts";
import { WORKLOADS } from "../target.ts";
import { ROOT } from "../tools.ts";
import { API_KEYS, ENCRYPTION_KEY } from "./api-key.ts";
import { HttpTarget } from "./http-target.ts";
import { ServiceRequests } from "./service-requests.ts";

export interface ServiceOptions {
  readonly name: string;
  readonly dir: string;
  /** Further settings, such as the store. */
  readonly settings: Readonly<Record<string, string>>;
  /** Another program in the service's place, which takes the same settings. */
  readonly program?: string;
}

/** The real program from its sources, with the settings it comes with but for these. Its log goes to a file. */
export async function startService(options: ServiceOptions): Promise<HttpTarget> {
  const process = await startServiceProcess(options);
  const requests = new ServiceRequests(`http://127.0.0.1:${process.port}/a01`);
  return new HttpTarget({
    ...options,
    process,
    can: WORKLOADS,
    requestsOf: (workload, closes) => requests.of(workload, closes),
  });
}

export async function startServiceProcess(options: ServiceOptions): Promise<MeasuredProcess> {
  const { name, settings, program = join(ROOT, "src", "main.ts") } = options;
  const port = await freePort();
  const dir = join(options.dir, `${port}`);
  mkdirSync(dir, { recursive: true });
  return startProcess({
    name,
    dir,
    port,
    command: [process.execPath, program],
    environment: {
      SESSION_PORT: `${port}`,
      SESSION_API_KEYS: API_KEYS,
      SESSION_ENCRYPTION_KEYS: ENCRYPTION_KEY,
      ...settings,
    },
  });
}

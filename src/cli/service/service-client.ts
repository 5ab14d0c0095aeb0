import type { Command } from "commander";
import { readFileSync } from "node:fs";
import type { Config } from "../../config.ts";
import { type Fetch, SessionClient } from "../../client/main.ts";
import type { CliParts } from "../cli-parts.ts";
import { type ConfigOption, configOf, withConfig } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure, Mistake } from "../failure.ts";
import { localHost } from "../healthcheck.ts";
import { readSecret } from "../secret-input.ts";
import { variableOf } from "../variables.ts";

/** The options of every command that asks a running service. */
export interface ServiceOptions extends ConfigOption {
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly json?: true;
}

export function withServiceOptions(command: Command): Command {
  command
    .option("--url <url>", "the service, such as http://localhost:8090/a01 (or SESSIONSRV_URL)")
    .option(
      "--api-key-file <file>",
      "file with the API key, - for standard input (or SESSIONSRV_API_KEY)",
    )
    .option("--json", "answer as JSON");
  return withConfig(command);
}

/**
 * A client of the service that --url or SESSIONSRV_URL names, else of the one that these settings describe, on this
 * machine. The API key comes from --api-key-file, SESSIONSRV_API_KEY or SESSIONSRV_API_KEY_FILE; for the service of the
 * settings also from SESSION_FIRST_KEY_FILE.
 */
export async function serviceClient(
  options: ServiceOptions,
  parts: CliParts,
): Promise<SessionClient> {
  const givenKey = await givenApiKey(options, parts);
  const url = options.url ?? variableOf(parts, "SESSIONSRV_URL");
  if (url !== undefined) return clientAt({ baseUrl: url }, givenKey);
  const config = configOf(parts, options);
  return clientAt(localService(config), givenKey ?? firstKey(config));
}

async function givenApiKey(
  { apiKeyFile }: ServiceOptions,
  parts: CliParts,
): Promise<string | undefined> {
  const fromOption = await readSecret(apiKeyFile, "--api-key-file", parts);
  if (fromOption !== undefined) return fromOption;
  const file = variableOf(parts, "SESSIONSRV_API_KEY_FILE");
  return (
    variableOf(parts, "SESSIONSRV_API_KEY") ??
    (await readSecret(file, "SESSIONSRV_API_KEY_FILE", parts))
  );
}

interface Place {
  readonly baseUrl: string;
  readonly fetch?: Fetch;
}

function clientAt(place: Place, apiKey: string | undefined): SessionClient {
  if (apiKey !== undefined && !/^[A-Za-z0-9._~+/-]+=*$/.test(apiKey))
    throw new Mistake("the API key has characters that none may have");
  try {
    return new SessionClient({ ...place, ...(apiKey === undefined ? {} : { apiKey }) });
  } catch (error) {
    throw new Mistake(`--url: ${error instanceof Error ? error.message : "is not a URL"}`);
  }
}

/** How the service of these settings is reached from this machine. */
function localService({ listen, basePath, publicOrigin }: Config): Place {
  if (listen.kind === "socket") {
    const unix = listen.path;
    return {
      baseUrl: `http://localhost${basePath}`,
      fetch: (url, init) => fetch(url, { ...init, unix }),
    };
  }
  if (listen.tls === undefined && listen.port !== 0)
    return { baseUrl: `http://${localHost(listen.host)}:${listen.port}${basePath}` };
  if (listen.tls && publicOrigin) return { baseUrl: publicOrigin + basePath };
  throw new Failure(
    EXIT.usage,
    "these settings do not tell the service's URL: give it with --url, or as SESSIONSRV_URL in the environment",
  );
}

function firstKey({ access }: Config): string | undefined {
  if (access.kind !== "first_key") return undefined;
  try {
    return readFileSync(access.file, "utf8").trim();
  } catch {
    return undefined;
  }
}

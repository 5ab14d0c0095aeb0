import type { CliParts } from "./cli-parts.ts";

/** What the commands take from the environment besides the settings of the service. */
export const VARIABLES = [
  { name: "SESSIONSRV_URL", about: "The service that commands ask, with the base path, as --url." },
  { name: "SESSIONSRV_API_KEY", about: "The API key they ask with." },
  { name: "SESSIONSRV_API_KEY_FILE", about: "A file with that key, as --api-key-file." },
  { name: "SESSIONSRV_TOKEN", about: "The session token that check asks about." },
  {
    name: "SESSIONSRV_FROM",
    about: "The store that copy reads, as --from; it may hold a password.",
  },
  { name: "SESSIONSRV_TO", about: "The store that copy writes, as --to; it may hold a password." },
  { name: "NO_COLOR", about: "Anything: no colours, also at a terminal." },
] as const;

export type VariableName = (typeof VARIABLES)[number]["name"];

/** Undefined also for one that is empty. */
export function variableOf(
  { environment }: Pick<CliParts, "environment">,
  name: VariableName,
): string | undefined {
  return environment[name] || undefined;
}

/** The table as text for a terminal. */
export function variablesHelp(): string {
  const lines = VARIABLES.map(({ name, about }) => `  ${name}\n      ${about}\n`);
  return `Also read from the environment, by commands:\n\n${lines.join("\n")}`;
}

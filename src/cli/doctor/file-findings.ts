import { statSync } from "node:fs";
import type { Config } from "../../config.ts";
import { SETTINGS, type Setting } from "../../config/settings.ts";
import type { SettingSources } from "../../config/raw-settings.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const OTHERS = 0o007;
const GROUP = 0o070;

/** Whether somebody else may read what is secret. Files that are not there are left out: they are made with 0600. */
export function fileFindings(config: Config, sources: SettingSources): readonly Finding[] {
  const findings = secretFiles(config, sources).flatMap((path) => modeFinding(path) ?? []);
  return findings.length === 0 ? [ok("permissions", "no secret file is open to others")] : findings;
}

function secretFiles({ store, access }: Config, sources: SettingSources): readonly string[] {
  const { environment, configFile } = sources;
  const named = SETTINGS.filter((setting: Setting) => setting.secret === true).flatMap(
    ({ name }) => environment[`${name}_FILE`] || [],
  );
  return [
    ...(store.kind === "sqlite" ? [store.path, `${store.path}.key`] : []),
    ...(access.kind === "first_key" ? [access.file] : []),
    ...(environment["SESSION_TLS_KEY_FILE"] ? [environment["SESSION_TLS_KEY_FILE"]] : []),
    ...named,
    ...(configFile === undefined ? [] : [configFile]),
  ];
}

function modeFinding(path: string): Finding | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  const shown = (mode & 0o777).toString(8);
  if ((mode & OTHERS) !== 0)
    return problem("permissions", `${path} is open to everybody (${shown})`, `chmod 600 ${path}`);
  if ((mode & GROUP) !== 0)
    return warning("permissions", `${path} is open to its group (${shown})`, `chmod 600 ${path}`);
  return undefined;
}

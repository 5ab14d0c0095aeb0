import type { Command } from "commander";
import { readConfig } from "../../config.ts";
import type { CliParts } from "../cli-parts.ts";
import {
  type CommandContext,
  type ConfigOption,
  addAction,
  addCommand,
  sourcesOf,
  withConfig,
} from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { healthcheck } from "../healthcheck.ts";
import { Screen, type Style } from "../screen/screen.ts";
import { accessFindings } from "./access-findings.ts";
import { fileFindings } from "./file-findings.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { storeFindings } from "./store-findings.ts";
import { tlsFindings } from "./tls-findings.ts";

type DoctorOptions = ConfigOption & { readonly json?: true };

/** `doctor`: looks at everything that is usually wrong, and says what to do. Changes nothing. */
export function addDoctor(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "doctor",
    "look at settings, store, clock, TLS, permissions and the service; say what to mend",
  ).option("--json", "answer as JSON");
  withConfig(command);
  addAction<DoctorOptions>(command, context, async (options) => {
    const findings = await examine(options, context.parts);
    const screen = new Screen(context.parts);
    if (options.json) screen.json({ findings });
    else for (const finding of findings) show(finding, screen);
    return findings.some(({ mark }) => mark === "problem") ? EXIT.differs.code : EXIT.ok.code;
  });
}

async function examine(options: DoctorOptions, parts: CliParts): Promise<readonly Finding[]> {
  const sources = sourcesOf(parts, options);
  const outcome = readConfig(sources);
  if ("mistakes" in outcome) {
    const mend = "correct it in the environment or in the --config file; --help lists all settings";
    return outcome.mistakes.map((mistake) => problem("settings", mistake, mend));
  }
  const { config } = outcome;
  return [
    ok("settings", "all are understood"),
    ...accessFindings(config),
    ...(await storeFindings(config, parts)),
    ...tlsFindings(config, parts.now()),
    ...fileFindings(config, sources),
    await serviceFinding(options, parts),
  ];
}

async function serviceFinding(options: DoctorOptions, parts: CliParts): Promise<Finding> {
  const { exitCode, text } = await healthcheck(sourcesOf(parts, options), "/health/ready");
  if (exitCode === 0) return ok("service", text);
  return warning("service", text, "start it, or see its log; doctor asks where these settings say");
}

const STYLES: Readonly<Record<Finding["mark"], Style>> = {
  ok: "green",
  warning: "yellow",
  problem: "red",
};

function show({ mark, about, text, mend }: Finding, screen: Screen): void {
  const rest = mend === undefined ? "" : ` (mend: ${mend})`;
  screen.marked(STYLES[mark], mark.padEnd("warning".length), `  ${about}: ${text}${rest}`);
}

import type { Command } from "commander";
import { type CommandContext, addAction, addCommand } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure, Mistake } from "../failure.ts";
import { Screen } from "../screen/screen.ts";
import { readSecret, readStandardInput } from "../secret-input.ts";
import { variableOf } from "../variables.ts";
import { type ServiceOptions, serviceClient, withServiceOptions } from "./service-client.ts";

interface CheckOptions extends ServiceOptions {
  readonly tokenFile?: string;
}

/** `check`: whose session token is this, and is it live? */
export function addCheck(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "check",
    "tell whose a session token is; it is read from standard input",
  ).option(
    "--token-file <file>",
    "file with the token (or SESSIONSRV_TOKEN); - for standard input",
  );
  withServiceOptions(command);
  addAction<CheckOptions>(command, context, async (options) => {
    const token = await tokenOf(options, context);
    const client = await serviceClient(options, context.parts);
    const checked = await client.check(token);
    if (!checked) throw new Failure(EXIT.notLive, "this token is of no live session");
    const { access_token: _, ...identity } = checked;
    const screen = new Screen(context.parts);
    if (options.json) screen.json(identity);
    else screen.pairs(Object.entries(identity));
    return EXIT.ok.code;
  });
}

async function tokenOf({ tokenFile }: CheckOptions, { parts }: CommandContext): Promise<string> {
  const fromFile = await readSecret(tokenFile, "--token-file", parts);
  const given = fromFile ?? variableOf(parts, "SESSIONSRV_TOKEN");
  const token = (given ?? (await readStandardInput("the session token", parts))).trim();
  if (token === "") throw new Mistake("the session token: standard input is empty");
  return token;
}

import type { Command } from "commander";
import { type CommandContext, addAction, addCommand } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { Screen } from "../screen/screen.ts";
import { type ServiceOptions, serviceClient, withServiceOptions } from "./service-client.ts";
import { sessionJson, sessionPairs } from "./shown-session.ts";

interface GetOptions extends ServiceOptions {
  readonly showTokens?: true;
  readonly touch?: true;
}

/** `get`: shows a session without using it. */
export function addGet(program: Command, context: CommandContext): void {
  const command = addCommand(program, "get", "show a live session, without using it")
    .argument("<session-id>")
    .option("--touch", "use it: that keeps it from its idle deadline")
    .option("--show-tokens", "show the code and tokens too, if the API key may see them");
  withServiceOptions(command);
  addAction<GetOptions>(command, context, async (options, id = "") => {
    const client = await serviceClient(options, context.parts);
    const found = await client.get(id, { touch: options.touch === true });
    if (!found) throw noSuchSession();
    const { etag: _, ...session } = found;
    const screen = new Screen(context.parts);
    const showsTokens = options.showTokens === true;
    if (options.json) screen.json(sessionJson(session, showsTokens));
    else screen.pairs(sessionPairs(session, showsTokens));
    return EXIT.ok.code;
  });
}

export function noSuchSession(): Failure {
  return new Failure(EXIT.notLive, "there is no such live session");
}

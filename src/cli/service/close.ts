import type { Command } from "commander";
import { type CommandContext, addAction, addCommand } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Screen } from "../screen/screen.ts";
import { noSuchSession } from "./get.ts";
import { type ServiceOptions, serviceClient, withServiceOptions } from "./service-client.ts";

interface CloseAllOptions extends ServiceOptions {
  readonly user: string;
  readonly except?: string;
}

/** `close`: ends one session. When it exits with 0, the session is over everywhere. */
export function addClose(program: Command, context: CommandContext): void {
  const command = addCommand(program, "close", "close a session").argument("<session-id>");
  withServiceOptions(command);
  addAction<ServiceOptions>(command, context, async (options, id = "") => {
    const client = await serviceClient(options, context.parts);
    const outcome = await client.close(id);
    if (outcome === "not_live") throw noSuchSession();
    const screen = new Screen(context.parts);
    if (options.json) screen.json({ session_id: id.toLowerCase(), outcome });
    else screen.line(outcome === "closed" ? "closed" : "it is over");
    return EXIT.ok.code;
  });
}

/** `close-all`: ends all sessions of a user, or all but one. */
export function addCloseAll(program: Command, context: CommandContext): void {
  const command = addCommand(program, "close-all", "close all sessions of a user")
    .requiredOption("--user <id>", "whose sessions")
    .option("--except <session-id>", "keep this one");
  withServiceOptions(command);
  addAction<CloseAllOptions>(command, context, async (options) => {
    const client = await serviceClient(options, context.parts);
    const { except } = options;
    const { user_id, closed, exact } = await client.closeAll(
      options.user,
      except === undefined ? {} : { except },
    );
    const screen = new Screen(context.parts);
    if (options.json) screen.json({ user_id, closed, exact });
    else screen.line(`closed: ${closed}${exact ? "" : " or more: a first try was not answered"}`);
    return EXIT.ok.code;
  });
}

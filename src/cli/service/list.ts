import type { Command } from "commander";
import { type CommandContext, addAction, addCommand } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Screen } from "../screen/screen.ts";
import { type ServiceOptions, serviceClient, withServiceOptions } from "./service-client.ts";
import { shownTime } from "./shown-session.ts";

interface ListOptions extends ServiceOptions {
  readonly user: string;
}

/** `list`: a user's live sessions, newest use first. */
export function addList(program: Command, context: CommandContext): void {
  const command = addCommand(
    program,
    "list",
    "list a user's live sessions, newest use first",
  ).requiredOption("--user <id>", "whose sessions");
  withServiceOptions(command);
  addAction<ListOptions>(command, context, async (options) => {
    const client = await serviceClient(options, context.parts);
    const list = await client.list(options.user);
    const screen = new Screen(context.parts);
    if (options.json) screen.json(list);
    else
      screen.table(
        ["SESSION", "DEVICE", "LAST USED", "CREATED", "EXPIRES"],
        list.sessions.map((session) => [
          session.session_id,
          session.device_id,
          shownTime(session.last_used_at),
          shownTime(session.created_at),
          shownTime(session.expires_at),
        ]),
        `${options.user} has no live sessions`,
      );
    return EXIT.ok.code;
  });
}

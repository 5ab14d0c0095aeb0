import { type Command, Option } from "commander";
import {
  type CommandContext,
  addAction,
  addCommand,
  showUsageAfterMistakes,
} from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Mistake } from "../failure.ts";
import { jsonLine } from "../screen/screen.ts";
import { type KeysNewOptions, keysNew } from "./keys-new.ts";
import { addKeysReseal } from "./keys-reseal.ts";
import { addKeysRotate } from "./keys-rotate.ts";

/** `keys …`: all that has to do with keys. */
export function addKeyCommands(program: Command, context: CommandContext): void {
  const keys = addCommand(program, "keys", "make and replace keys");
  addKeysNew(keys, context);
  addKeysRotate(keys, context);
  addKeysReseal(keys, context);
  showUsageAfterMistakes(keys);
}

function addKeysNew(keys: Command, context: CommandContext): void {
  const command = addCommand(keys, "new", "make a key and show it, once, with its setting")
    .option("--api", "an API key, for SESSION_API_KEYS")
    .addOption(
      new Option("--encryption", "an encryption key, for SESSION_ENCRYPTION_KEYS").conflicts([
        "api",
        "name",
        "scopes",
      ]),
    )
    .option("--name <name>", "the API key's name in logs", "service")
    .option("--scopes <scopes>", "what the API key may do", "read+write+tokens")
    .option("--json", "answer as JSON");
  addAction<KeysNewOptions & { readonly json?: true }>(command, context, async (options) => {
    const made = keysNew(options, context.parts.randomBytes);
    if ("mistake" in made) throw new Mistake(made.mistake);
    context.parts.write(options.json ? jsonLine(made.json) : made.text);
    return EXIT.ok.code;
  });
}

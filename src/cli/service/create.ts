import type { Command } from "commander";
import type { CreateSession } from "../../client/main.ts";
import { type CommandContext, addAction, addCommand } from "../command-context.ts";
import { EXIT } from "../exit-codes.ts";
import { Mistake } from "../failure.ts";
import { Screen } from "../screen/screen.ts";
import { readTextFile } from "../secret-input.ts";
import { type ServiceOptions, serviceClient, withServiceOptions } from "./service-client.ts";
import { shownTime } from "./shown-session.ts";

interface CreateOptions extends ServiceOptions {
  readonly user: string;
  readonly device?: string;
  readonly email?: string;
  readonly lifetimeSec?: string;
  readonly idleSec?: string;
  readonly replaceDevice?: true;
  readonly attributesFile?: string;
}

/** `create`: logs a user in on a device and shows the session token, this once. */
export function addCreate(program: Command, context: CommandContext): void {
  const command = addCommand(program, "create", "create a session and show its token, this once")
    .requiredOption("--user <id>", "who logs in")
    .option("--device <id>", "the device; without it the service makes one up")
    .option("--email <address>", "the user's email address")
    .option("--lifetime-sec <seconds>", "how long it lives at most")
    .option("--idle-sec <seconds>", "how long it may rest between two uses")
    .option("--replace-device", "close the user's other sessions on the device")
    .option(
      "--attributes-file <file>",
      "JSON object with more of the create's members, such as access_token; - for standard input",
    );
  withServiceOptions(command);
  addAction<CreateOptions>(command, context, async (options) => {
    const body = await bodyOf(options, context);
    const client = await serviceClient(options, context.parts);
    const { etag: _, ...created } = await client.create(body);
    const screen = new Screen(context.parts);
    if (options.json) screen.json(created);
    else screen.pairs(Object.entries({ ...created, expires_at: shownTime(created.expires_at) }));
    return EXIT.ok.code;
  });
}

async function bodyOf(options: CreateOptions, context: CommandContext): Promise<CreateSession> {
  const { user, device, email, lifetimeSec, idleSec, replaceDevice, attributesFile } = options;
  const written = attributesFile === undefined ? {} : await readAttributes(attributesFile, context);
  return {
    ...written,
    user_id: user,
    ...(device === undefined ? {} : { device_id: device }),
    ...(email === undefined ? {} : { user_email: email }),
    ...(lifetimeSec === undefined
      ? {}
      : { lifetime_seconds: secondsOf("--lifetime-sec", lifetimeSec) }),
    ...(idleSec === undefined ? {} : { idle_seconds: secondsOf("--idle-sec", idleSec) }),
    ...(replaceDevice ? { replace_device: true } : {}),
  };
}

/** The service judges the members; here it only has to be an object. */
async function readAttributes(path: string, { parts }: CommandContext): Promise<object> {
  const text = await readTextFile(path, "--attributes-file", parts);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The error of JSON.parse quotes the text, which may hold tokens.
  }
  throw new Mistake("--attributes-file: it holds no JSON object");
}

/** The most that the API takes. */
const MAX_SECONDS = 2 ** 31 - 1;

function secondsOf(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Mistake(`${option}: write a whole number of seconds`);
  if (Number(text) > MAX_SECONDS)
    throw new Mistake(
      `${option}: at most ${MAX_SECONDS} seconds, and no more than the service allows`,
    );
  return Number(text);
}

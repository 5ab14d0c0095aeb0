import type { Command } from "commander";
import { describeApi } from "../http/app.ts";
import { VERSION } from "../version.ts";
import { type CommandContext, addAction, addCommand } from "./command-context.ts";
import { EXIT } from "./exit-codes.ts";
import { Mistake } from "./failure.ts";

/** `openapi`: the document that a running service has at /openapi.json. */
export function addOpenApi(program: Command, context: CommandContext): void {
  const command = addCommand(program, "openapi", "print the API as an OpenAPI 3.1 document").option(
    "--base-path <path>",
    "what every API path starts with",
    "/a01",
  );
  addAction<{ readonly basePath: string }>(command, context, async ({ basePath }) => {
    if (!/^(\/|(\/[\w.~-]+)+)$/.test(basePath))
      throw new Mistake("--base-path: write /name, or / for none");
    const path = basePath === "/" ? "" : basePath;
    const document = await describeApi({ basePath: path, version: VERSION });
    await context.parts.writeAll(`${JSON.stringify(document, null, 2)}\n`);
    return EXIT.ok.code;
  });
}

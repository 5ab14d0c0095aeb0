import type { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { addDoctor } from "./doctor/doctor.ts";
import { addKeyCommands } from "./keys/key-commands.ts";
import { addOpenApi } from "./openapi.ts";
import { addCheck } from "./service/check.ts";
import { addClose, addCloseAll } from "./service/close.ts";
import { addCreate } from "./service/create.ts";
import { addGet } from "./service/get.ts";
import { addList } from "./service/list.ts";
import { addBackup } from "./stores/backup.ts";
import { addCopy } from "./stores/copy.ts";
import { addExport } from "./stores/export.ts";
import { addImport } from "./stores/import.ts";
import { addVerify } from "./stores/verify.ts";

/** The commands that need no service in this process, in the order of --help. */
export function addOtherCommands(program: Command, context: CommandContext): void {
  addDoctor(program, context);
  addCreate(program, context);
  addGet(program, context);
  addList(program, context);
  addCheck(program, context);
  addClose(program, context);
  addCloseAll(program, context);
  addCopy(program, context);
  addExport(program, context);
  addImport(program, context);
  addBackup(program, context);
  addVerify(program, context);
  addKeyCommands(program, context);
  addOpenApi(program, context);
}

import { type ErrorCode, SessionManagerError } from "../client/errors.ts";
import { SessionError } from "../session/errors.ts";
import { NoDatabase } from "../store/sqlite/no-database.ts";
import { visibleText } from "../text/visible-text.ts";
import { EXIT, type ExitCodeAbout } from "./exit-codes.ts";
import { jsonLine } from "./screen/screen.ts";

/** The command line is wrong: told with the usage, exit code 2. The message shows no secret. */
export class Mistake extends Error {
  override readonly name = "Mistake";
}

/** A command that cannot be done, with its exit code and one line that says why. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(exit: { readonly code: number }, message: string) {
    super(message);
    this.exitCode = exit.code;
  }
}

/** The line for standard error; with --json one JSON value. */
export function errorLine(message: string, exitCode: number, isJson: boolean): string {
  return isJson
    ? jsonLine({ error: { message, exit_code: exitCode } })
    : `error: ${visibleText(message)}\n`;
}

/** What to tell of anything that a command threw. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SessionManagerError) return ofTheService(error);
  if (error instanceof SessionError) return new Failure(exitOfStore(error), error.message);
  if (error instanceof NoDatabase) return new Failure(EXIT.usage, error.message);
  return new Failure(EXIT.failed, error instanceof Error ? error.message : String(error));
}

function exitOfStore({ code }: SessionError) {
  return code === "record_unreadable" ? EXIT.differs : EXIT.unavailable;
}

function ofTheService(error: SessionManagerError): Failure {
  if (error.code === "invalid_answer" && error.status === 404)
    return new Failure(EXIT.usage, `${error.message} ${WRONG_URL}`);
  const fields = error.errors.map(({ field, reason }) => `${field} ${reason}`);
  const details = fields.length === 0 ? "" : ` (${fields.join("; ")})`;
  const doubt = error.outcome === "unknown" ? " It may have happened all the same." : "";
  return new Failure(exitOf(error), `${error.message}${details}${doubt}${hintFor(error)}`);
}

const WRONG_URL =
  "Give --url or SESSIONSRV_URL with the base path, such as http://localhost:8090/a01";

function exitOf({ code }: SessionManagerError): ExitCodeAbout {
  return EXIT_OF[code] ?? EXIT.failed;
}

const EXIT_OF: Readonly<Partial<Record<ErrorCode, ExitCodeAbout>>> = {
  invalid_request: EXIT.usage,
  invalid_field: EXIT.usage,
  immutable_attribute: EXIT.usage,
  body_too_large: EXIT.usage,
  unauthenticated: EXIT.refused,
  insufficient_scope: EXIT.refused,
  cross_site: EXIT.refused,
  not_found: EXIT.notLive,
  unreachable: EXIT.unavailable,
  timeout: EXIT.unavailable,
  store_unavailable: EXIT.unavailable,
  store_full: EXIT.unavailable,
  rate_limited: EXIT.unavailable,
  idempotency_in_flight: EXIT.unavailable,
  internal: EXIT.unavailable,
};

function hintFor({ code }: SessionManagerError): string {
  if (code === "unauthenticated")
    return " Give an API key: --api-key-file, or SESSIONSRV_API_KEY in the environment.";
  if (code === "unreachable") return " Is it running, and is --url right?";
  return "";
}

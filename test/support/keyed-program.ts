import { createHash } from "node:crypto";
import { SessionClient } from "../../src/client/main.ts";
import { type Program, startProgram } from "./program.ts";

/** A key of an application, with every scope it needs. */
export const APPLICATION_KEY = "the-key-of-an-application";
const SCOPES = "read+write+tokens";

/** The real service, on memory, for callers with APPLICATION_KEY. */
export function startKeyedProgram(
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const sha256 = createHash("sha256").update(APPLICATION_KEY).digest("hex");
  const keys = `app:${SCOPES}:${sha256}`;
  return startProgram({
    settings: { SESSION_STORE: "memory:", SESSION_API_KEYS: keys, ...settings },
  });
}

/** The base URL below an origin. */
function apiAt(origin: string): string {
  return `${origin}/a01`;
}

/** An application's client of what is at `origin`. */
export function applicationClient(
  origin: string,
  options: Partial<ConstructorParameters<typeof SessionClient>[0]> = {},
): SessionClient {
  return new SessionClient({ baseUrl: apiAt(origin), apiKey: APPLICATION_KEY, ...options });
}

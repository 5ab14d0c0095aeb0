import { SessionError } from "../../src/session/errors.ts";

/** The SessionError that the call ends with. Anything else, success included, is thrown. */
export async function storeFailure(call: Promise<unknown>): Promise<SessionError> {
  const error = await call.then(
    (value) => new Error(`no failure, but ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof SessionError) return error;
  throw error;
}

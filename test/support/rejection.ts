/** The error that the call ends with. Fails when it ends well. */
export async function rejectionOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    (value) => new Error(`no rejection, but ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("rejected with something that is no error", { cause: error });
}

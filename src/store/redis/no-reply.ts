/** A command ended without a reply. `isSent` false: certainly no byte of it reached the server, and none will. */
export class NoReply extends Error {
  readonly isSent: boolean;
  /** Trying again at once is pointless: the time is up, or too much waits already. */
  readonly isFinal: boolean;

  constructor(message: string, options: { isSent: boolean; isFinal?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isSent = options.isSent;
    this.isFinal = options.isFinal ?? false;
  }
}

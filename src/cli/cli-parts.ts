import type { SettingSources } from "../config/raw-settings.ts";
import type { RandomBytes } from "../session/id.ts";

/** What the command line has of the world around it. */
export interface CliParts {
  readonly environment: SettingSources["environment"];
  /** Runs the service; settles with the exit code when it has ended. `worker`: as this one of several processes. */
  readonly serve: (sources: SettingSources, worker?: number) => Promise<number>;
  readonly randomBytes: RandomBytes;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** As `write`, and settles once it is taken: for more than fits into memory. */
  readonly writeAll: (text: string) => Promise<void>;
  /** Standard input to its end. */
  readonly readInput: () => AsyncIterable<Uint8Array>;
  /** Which of the three are a terminal. */
  readonly terminal: {
    readonly input: boolean;
    readonly output: boolean;
    readonly errors: boolean;
  };
  /** How wide the terminal of standard error is; undefined when there is none. */
  readonly errorColumns: () => number | undefined;
  /** From the first call on Ctrl-C and SIGTERM do not end the program, but abort this. A second one ends it. */
  readonly interruption: () => AbortSignal;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

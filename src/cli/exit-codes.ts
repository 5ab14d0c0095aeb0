/** What an exit code says, for --help and docs/command-line.md. */
export interface ExitCodeAbout {
  readonly code: number;
  readonly about: string;
}

/** Every exit code there is. */
export const EXIT = {
  ok: { code: 0, about: "done; of check: the session is live; of healthcheck: all is well" },
  failed: { code: 1, about: "it failed; the line on standard error says why" },
  usage: { code: 2, about: "the command line or the settings are wrong; nothing was done" },
  notLive: { code: 3, about: "there is no such live session" },
  refused: {
    code: 4,
    about: "the service refused: no or a wrong API key, or not the scope it needs",
  },
  unavailable: {
    code: 5,
    about: "the service or the store gave no answer that decides: try again",
  },
  differs: {
    code: 6,
    about: "finished, with something to look at: bad lines, digests that differ, problems found",
  },
  interrupted: {
    code: 130,
    about: "ended by Ctrl-C or SIGTERM between two steps; run it again to go on",
  },
} as const satisfies Readonly<Record<string, ExitCodeAbout>>;

/** The table as text for a terminal. */
export function exitCodesHelp(): string {
  const lines = Object.values(EXIT).map(
    ({ code, about }) => `  ${String(code).padStart(3)}  ${about}\n`,
  );
  return `Exit codes:\n\n${lines.join("")}`;
}

const SAME_SIGNAL_MS = 500;

/**
 * Resolves with the name of the first signal of `names`; a second one ends the process at once, after `onAbort`. One
 * right after the first is the same again: npm passes on the Ctrl+C that the terminal has already sent.
 */
export function nextSignal(
  names: readonly NodeJS.Signals[],
  onAbort: () => void = () => {},
): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (name: string) => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) {
        onAbort();
        process.exit(1);
      }
      resolve(name);
    };
    for (const name of names) process.on(name, onSignal);
  });
}

/** What ends a service. SIGHUP is among them at a terminal only: there it says that the terminal is gone. */
export function endingSignals(): readonly NodeJS.Signals[] {
  const isAtTerminal = process.stdin.isTTY || process.stderr.isTTY;
  return isAtTerminal ? ["SIGTERM", "SIGINT", "SIGHUP"] : ["SIGTERM", "SIGINT"];
}

/** Calls the listener for each SIGHUP that does not end the service. */
export function onHangup(listener: () => void): void {
  if (!endingSignals().includes("SIGHUP")) process.on("SIGHUP", listener);
}

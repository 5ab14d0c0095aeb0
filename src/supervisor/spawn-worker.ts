import type { ToSupervisor } from "./messages.ts";
import type { Spawn } from "./worker.ts";

export interface WorkerCommand {
  /** The program and its arguments, but for `--worker`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts workers as child processes that write to the same log. Between the two goes a channel that breaks when either
 * ends: a worker whose supervisor is gone ends, too.
 */
export function spawnWorkers({ command, environment }: WorkerCommand): Spawn {
  return ({ number, port }, on) => {
    const child = Bun.spawn([...command, "--worker", String(number)], {
      env: { ...environment, ...(port === undefined ? {} : { SESSION_PORT: String(port) }) },
      stdio: ["ignore", "inherit", "inherit"],
      // Of text, so that two versions of the program understand each other.
      serialization: "json",
      ipc: (message: ToSupervisor) => on.message(message),
      onExit: (_, code, signal) => on.exit({ code, signal: signal === null ? null : `${signal}` }),
    });
    return {
      pid: child.pid,
      tell: (message) => {
        try {
          child.send(message);
        } catch {
          // It has ended; its exit is told by itself.
        }
      },
      kill: () => child.kill("SIGKILL"),
    };
  };
}

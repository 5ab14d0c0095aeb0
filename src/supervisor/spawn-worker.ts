import type { ToSupervisor } from "./messages.ts";
import type { Spawn, WorkerProcess } from "./worker.ts";

export interface WorkerCommand {
  /** The program and its arguments, but for `--worker`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts workers as child processes that write to the same log. Between the two goes a channel that breaks when either
 * ends: a worker whose supervisor is gone ends, too. One that the machine does not start (no process or memory is left,
 * or the program is just being replaced) ends a moment later with code 1 and the reason, like one that fails at its start.
 */
export function spawnWorkers(parts: WorkerCommand): Spawn {
  return (worker, on) => {
    try {
      return startProcess(parts, worker, on);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      queueMicrotask(() => on.exit({ code: 1, signal: null, reason }));
      return { pid: undefined, tell: () => {}, kill: () => {} };
    }
  };
}

function startProcess(
  { command, environment }: WorkerCommand,
  { number, port }: Parameters<Spawn>[0],
  on: Parameters<Spawn>[1],
): WorkerProcess {
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
}

import type { ToSupervisor } from "./messages.ts";
import { boardVariables, type SharedBoard } from "./shared-board.ts";
import type { Spawn, WorkerProcess } from "./worker.ts";

export interface WorkerCommand {
  /** The program and its arguments, but for `--worker`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Each process gets a place on it as long as there are any. Absent: none does. */
  readonly board?: SharedBoard;
}

/**
 * Starts workers as child processes that write to the same log. Between the two goes a channel that breaks when either
 * ends: a worker whose supervisor is gone ends, too. One that the machine does not start (no process or memory is left,
 * or the program is just being replaced) ends a moment later with code 1 and the reason, like one that fails at its start.
 */
export function spawnWorkers(parts: WorkerCommand): Spawn {
  const free = Array.from({ length: parts.board?.places ?? 0 }, (_, place) => place);
  return (worker, on) => {
    const place = free.shift();
    const giveBack = () => place !== undefined && free.push(place);
    try {
      return startProcess(parts, { ...worker, place }, on, giveBack);
    } catch (error) {
      giveBack();
      const reason = error instanceof Error ? error.message : String(error);
      queueMicrotask(() => on.exit({ code: 1, signal: null, reason }));
      return { pid: undefined, tell: () => {}, kill: () => {} };
    }
  };
}

function startProcess(
  { command, environment, board }: WorkerCommand,
  { number, port, place }: Parameters<Spawn>[0] & { readonly place: number | undefined },
  on: Parameters<Spawn>[1],
  onEnd: () => void,
): WorkerProcess {
  const shared = board && place !== undefined ? { board, place } : undefined;
  const child = Bun.spawn([...command, "--worker", String(number)], {
    env: {
      ...environment,
      ...(port === undefined ? {} : { SESSION_PORT: String(port) }),
      ...(shared && boardVariables(shared.board, shared.place)),
    },
    stdio: ["ignore", "inherit", "inherit", ...(shared ? [shared.board.fileDescriptor] : [])],
    // Of text, so that two versions of the program understand each other.
    serialization: "json",
    ipc: (message: ToSupervisor) => on.message(message),
    onExit: (_, code, signal) => {
      onEnd();
      on.exit({ code, signal: signal === null ? null : `${signal}` });
    },
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

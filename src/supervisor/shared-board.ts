import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Neighbourhood } from "../cache/neighbours.ts";
import { BOARD_LAYOUT, boardBytes, NoticeBoard } from "../cache/notice-board.ts";

/** The memory of a board, as the supervisor hands it to its workers: they map it, and nothing else can. */
export interface SharedBoard {
  /** Of a file without a name. */
  readonly fileDescriptor: number;
  readonly places: number;
  /** Another one for each start of the service. */
  readonly name: string;
}

/** Where Linux keeps files in memory only. */
const IN_MEMORY = "/dev/shm";
/** What a worker is told in: so that one of another version, which may not know of it, starts all the same. */
const VARIABLE = "SESSIONSRV_BOARD";
/** Behind the three that every process has. */
const CHILD_FILE_DESCRIPTOR = 3;

/** Throws where the system has no room for it. What is in it is gone when the last process that has it ends. */
export function createBoard(places: number, name: string): SharedBoard {
  const path = join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), `sessionsrv-${name}`);
  const fileDescriptor = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    // Written, not only made so long: a full file system is to be noticed here, and not by a signal that ends a worker.
    const bytes = new Uint8Array(boardBytes(places));
    if (writeSync(fileDescriptor, bytes) < bytes.length) throw new Error(`no room for ${path}`);
    return { fileDescriptor, places, name };
  } catch (error) {
    closeSync(fileDescriptor);
    throw error;
  }
}

/** Said when there is no board. */
export const NO_BOARD = "workers share no memory, and tell each other of changes by Redis";

/** For the process at this place, whose file descriptor 3 is the board's. */
export function boardVariables({ name }: SharedBoard, place: number): Record<string, string> {
  return { [VARIABLE]: `${BOARD_LAYOUT} ${place} ${name}` };
}

/**
 * What this process shares with the other workers. Undefined: nothing, because its supervisor gave it nothing it knows, or,
 * which is told, the system does not let it map what it was given.
 */
export function neighbourhoodOf(
  environment: Readonly<Record<string, string | undefined>>,
  onFault: (error: unknown) => void,
): Neighbourhood | undefined {
  const [layout, place, name] = environment[VARIABLE]?.split(" ") ?? [];
  if (layout !== String(BOARD_LAYOUT) || place === undefined || name === undefined)
    return undefined;
  try {
    const memory = Bun.mmap(`/proc/self/fd/${CHILD_FILE_DESCRIPTOR}`);
    return { board: new NoticeBoard(memory, Number(place)), name };
  } catch (error) {
    onFault(error);
    return undefined;
  }
}

import type { NoticeBoard } from "../../src/cache/notice-board.ts";
import type { ToSupervisor } from "../../src/supervisor/messages.ts";
import { neighbourhoodOf } from "../../src/supervisor/shared-board.ts";

/**
 * A worker that only uses its board: number 1 writes until it reads something there, number 2 reads as fast as it can and
 * writes when it has seen enough. What it found it tells as the URL it serves.
 */
const [, , , number] = process.argv;
const NOTICES = 2000;

function write(board: NoticeBoard): string {
  for (let n = 1; board.unread().length === 0; n += 1) board.post(`${n} ${"x".repeat(n % 700)}`);
  return "written";
}

/** Every notice is whole, and none is left out without a word. */
function read(board: NoticeBoard): string {
  let last: number | undefined;
  for (let whole = 0; whole < NOTICES;) {
    const found = board.unread();
    if (found === "missed") last = undefined;
    else
      for (const text of found) {
        const n = Number.parseInt(text, 10);
        if (text !== `${n} ${"x".repeat(n % 700)}`) return `broken: ${text}`;
        if (last !== undefined && n !== last + 1) return `${n} after ${last}`;
        [last, whole] = [n, whole + 1];
      }
  }
  return "all whole";
}

function tell(url: string): void {
  const message: ToSupervisor = { type: "ready", ready: { url, store: "", auth: "" } };
  process.send?.(message, undefined, undefined, () => process.exit(0));
}

process.on("message", () => {
  const board = neighbourhoodOf(process.env, () => {})?.board;
  if (!board) return tell("no board");
  const said = number === "1" ? write(board) : read(board);
  board.post("done");
  tell(said);
});

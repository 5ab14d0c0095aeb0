import { expect, test } from "bun:test";
import { join } from "node:path";
import { boardVariables, createBoard, neighbourhoodOf } from "./shared-board.ts";
import { spawnWorkers } from "./spawn-worker.ts";

const PROGRAM = join(import.meta.dir, "..", "..", "test", "support", "board-worker.ts");

/** What each of the workers says, all of them told to begin at once. */
async function whatTheySay(): Promise<readonly string[]> {
  const board = createBoard(2, `test-${process.pid}`);
  const command = [process.execPath, PROGRAM];
  const spawn = spawnWorkers({ command, environment: process.env, board });
  const said = [1, 2].map((number) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const exit = ({ code }: { code: number | null }) => resolve(`ended with ${code}`);
    const worker = spawn(
      { number },
      { message: (told) => resolve(told.type === "ready" ? told.ready.url : told.type), exit },
    );
    worker.tell({ type: "ping" });
    return promise;
  });
  return await Promise.all(said);
}

test("processes read from a shared board what others write there meanwhile, whole and in order", async () => {
  const [written, read] = await whatTheySay();
  expect(written).toBe("written");
  expect(read).toBe("all whole");
});

test("a process that was given no board, or one that it does not know, has no neighbours", () => {
  expect(neighbourhoodOf({}, () => {})).toBeUndefined();
  const board = { fileDescriptor: 3, places: 1, name: "n" };
  const [variable = ""] = Object.keys(boardVariables(board, 0));
  expect(neighbourhoodOf({ [variable]: "2 0 n" }, () => {})).toBeUndefined();
});

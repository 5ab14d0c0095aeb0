import { expect, test } from "bun:test";
import type { Invalidation } from "./invalidation.ts";
import { Neighbours } from "./neighbours.ts";
import { boardBytes, NoticeBoard } from "./notice-board.ts";

const CHANGE: Invalidation = { ids: [], closed: [], user: { userId: "ann" } };

function twoNeighbours() {
  const memory = new Uint8Array(boardBytes(2));
  const boards = [new NoticeBoard(memory, 0), new NoticeBoard(memory, 1)] as const;
  const heard: (Invalidation | "flush")[] = [];
  const listening = {
    drop: (old: Invalidation) => heard.push(old),
    flush: () => heard.push("flush"),
  };
  const deaf = { drop: () => {}, flush: () => {} };
  const speaker = new Neighbours({ board: boards[0], name: "near" }, deaf);
  const listener = new Neighbours({ board: boards[1], name: "near" }, listening);
  return { speaker, listener, board: boards[0], heard };
}

test("a neighbour drops what it was told, once, when it listens", () => {
  const { speaker, listener, heard } = twoNeighbours();
  speaker.tell(CHANGE);
  expect(heard).toEqual([]);
  listener.listen();
  listener.listen();
  expect(heard).toEqual([CHANGE]);
});

test("a neighbour that missed something, or does not understand it, drops everything", () => {
  const { speaker, listener, board, heard } = twoNeighbours();
  for (let left = 1000; left > 0; left -= 1) speaker.tell(CHANGE);
  listener.listen();
  expect(heard).toEqual(["flush"]);
  board.post("from another version");
  listener.listen();
  expect(heard).toEqual(["flush", "flush"]);
});

test("only who has the name of the neighbourhood before the dot is a neighbour", () => {
  const { listener } = twoNeighbours();
  expect(["near.1", "near", "nearby.1", "far.1"].map((name) => listener.has(name))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  const alone = new Neighbours(undefined, { drop: () => {}, flush: () => {} });
  alone.tell(CHANGE);
  alone.listen();
  expect(alone.has("near.1")).toBe(false);
});

import { expect, test } from "bun:test";
import { spawnWorkers } from "./spawn-worker.ts";
import type { Exit } from "./worker.ts";

test("a process that the machine does not start ends with the reason, and ends nobody else", async () => {
  const spawn = spawnWorkers({ command: ["/nowhere/sessionsrv"], environment: {} });
  const { promise: ended, resolve: exit } = Promise.withResolvers<Exit>();
  const worker = spawn({ number: 1 }, { message: () => {}, exit });
  expect(worker.pid).toBeUndefined();
  expect(await ended).toMatchObject({ code: 1, reason: expect.stringContaining("ENOENT") });
  worker.tell({ type: "ping" });
  worker.kill();
});

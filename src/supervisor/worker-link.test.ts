import { expect, test } from "bun:test";
import { SetTime, settled } from "../../test/support/set-time.ts";
import type { ToSupervisor, ToWorker } from "./messages.ts";
import { WorkerLink } from "./worker-link.ts";

const METRICS = { contentType: "text/plain", body: "all 3" };

test("ends for the reason that the supervisor names", async () => {
  const { link, hear } = aLink();
  hear({ type: "drain", reason: "replaced" });
  expect(await link.end).toBe("replaced");
});

test("ends when the supervisor is gone", async () => {
  const { link, loseSupervisor } = aLink();
  loseSupervisor();
  expect(await link.end).toBe("orphaned");
});

test("shows that it lives, and knows how many there are", () => {
  const { link, hear, said } = aLink();
  expect(link.fleet).toBeUndefined();
  hear({ type: "ping" });
  hear({ type: "fleet", running: 1, wanted: 3 });
  expect(said).toEqual([{ type: "pong" }]);
  expect(link.fleet).toEqual({ running: 1, wanted: 3 });
});

test("asks for the numbers of all, each question with an answer of its own", async () => {
  const { link, hear, said } = aLink();
  const [first, second] = [link.metrics(), link.metrics()];
  expect(said).toEqual([
    { type: "metrics", id: 1 },
    { type: "metrics", id: 2 },
  ]);
  hear({ type: "metrics", id: 2, metrics: { ...METRICS, body: "the second" } });
  hear({ type: "metrics", id: 1, metrics: METRICS });
  expect([await first, await second]).toMatchObject([{ body: "all 3" }, { body: "the second" }]);
});

test("gives up on a supervisor that does not answer for three seconds", async () => {
  const { link, time } = aLink();
  const metrics = link.metrics().catch((error: unknown) => error);
  await time.advance(3000);
  expect(await metrics).toEqual(new Error("the supervisor does not answer"));
});

test("tells its own numbers when it is asked", async () => {
  const { hear, said } = aLink();
  hear({ type: "report", id: 9 });
  await settled();
  expect(said).toEqual([{ type: "report", id: 9, report: [] }]);
});

test("tells its last numbers, and waits until they have left, but not for ever", async () => {
  const { link, said, time, deliver } = aLink();
  const delivered = link.farewell();
  await settled();
  expect(said).toEqual([{ type: "farewell", report: [] }]);
  deliver();
  await delivered;
  const lost = link.farewell();
  await settled();
  await time.advance(200);
  await lost;
});

const nothing = () => {};

function aLink() {
  const said: ToSupervisor[] = [];
  let hear: (message: ToWorker) => void = nothing;
  let loseSupervisor = nothing;
  let deliver = nothing;
  const time = new SetTime();
  const channel = {
    send: (message: ToSupervisor, sent: () => void = () => {}) => {
      said.push(message);
      deliver = sent;
    },
    onMessage: (listener: (message: ToWorker) => void) => {
      hear = listener;
    },
    onClosed: (listener: () => void) => {
      loseSupervisor = listener;
    },
  };
  const link = new WorkerLink(channel, async () => [], time);
  return {
    link,
    said,
    time,
    hear: (message: ToWorker) => hear(message),
    loseSupervisor: () => loseSupervisor(),
    deliver: () => deliver(),
  };
}

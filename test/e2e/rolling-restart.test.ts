import { expect, setDefaultTimeout, test } from "bun:test";
import { type Program, startProgram } from "../support/program.ts";
import { freePort, startRedisServer } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { SteadyLoad } from "../support/steady-load.ts";

setDefaultTimeout(300_000);

test("three processes on one Redis, ended and started again one at a time: no failed request, none done twice", async () => {
  await using redis = await startRedisServer();
  await using stack = new AsyncDisposableStack();
  const programs = [];
  for (let each = 0; each < 3; each += 1) programs.push(stack.use(await aProgram(redis.url)));
  const load = new SteadyLoad(programs.map(portOf), 8, "upgraded");
  for (let round = 0; round < size(1, 10); round += 1)
    for (const program of programs) {
      await load.goesOn(150);
      expect(await program.stop()).toBe(0);
      await load.goesOn(50);
      await program.start();
    }
  await load.goesOn(150);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.seen.broken).toBe(0);
  expect([...load.seen.statuses.keys()].toSorted((a, b) => a - b)).toEqual([200, 201, 404]);
});

/** It comes back at the same port. */
async function aProgram(store: string): Promise<Program> {
  // What is tried is the way processes end, not how busy this machine is.
  const deadline = { SESSION_STORE_DEADLINE_MS: "10000" };
  const settings = {
    ...deadline,
    SESSION_STORE: store,
    SESSION_CACHE: "exact",
    SESSION_PORT: `${await freePort()}`,
  };
  return await startProgram({ settings });
}

function portOf(program: Program): number {
  return Number(new URL(program.url).port);
}

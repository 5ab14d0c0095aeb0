import { describe, expect, test } from "bun:test";
import { freePort, startRedisServer } from "../support/redis-server.ts";
import { Program, startProgram } from "../support/program.ts";
import { expectSpecifiedCommandsToWork } from "../support/specified-commands.ts";

describe("the commands of the specification work as they stand", () => {
  test("on SQLite, which is what a start without settings uses", async () => {
    await using program = await startProgram();
    expect(program.lines).toContainEqual(
      expect.objectContaining({ event: "ready", store: "sqlite:data/sessions.db" }),
    );
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("on Redis", async () => {
    await using redis = await startRedisServer();
    await using program = await startProgram({ settings: { SESSION_STORE: redis.url } });
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("on the Redis that REDIS_HOSTNAME and its companions name", async () => {
    await using redis = await startRedisServer({ password: "p@ss:word/%" });
    await using program = await startProgram({
      settings: {
        REDIS_HOSTNAME: redis.host,
        REDIS_PORT: String(redis.port),
        REDIS_PASSWORD: "p@ss:word/%",
        REDIS_DB: "3",
      },
    });
    expect(program.lines.at(-1)).toMatchObject({ store: `redis://127.0.0.1:${redis.port}/3` });
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("on the Redis that docker run --link redis names", async () => {
    await using redis = await startRedisServer();
    await using program = await startProgram({
      settings: { REDIS_PORT: `tcp://127.0.0.1:${redis.port}`, REDIS_NAME: "/session/redis" },
    });
    expect(program.lines.at(-1)).toMatchObject({ store: `redis://127.0.0.1:${redis.port}` });
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("on port 8090 without any setting; or the program says that the port is taken", async () => {
    await using program = new Program({ settings: { SESSION_PORT: "" } });
    try {
      await program.start();
    } catch {
      expect(program.stderr).toContain("127.0.0.1 port 8090 is in use by another program");
      return;
    }
    expect(program.origin).toBe("http://127.0.0.1:8090");
    await expectSpecifiedCommandsToWork(program.origin);
  });

  test("on the port that SERVICE_PORT names", async () => {
    const port = await freePort();
    await using program = await startProgram({
      settings: { SESSION_PORT: "", SERVICE_PORT: String(port), SESSION_STORE: "memory:" },
    });
    expect(program.origin).toBe(`http://127.0.0.1:${port}`);
    await expectSpecifiedCommandsToWork(program.origin);
  });
});

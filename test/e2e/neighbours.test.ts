import { expect, setDefaultTimeout, test } from "bun:test";
import { Agent, request } from "node:http";
import { Api } from "../support/api.ts";
import { type Program, startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

test("a close waits for no worker of its service, and one that was frozen does not show the session again", async () => {
  await using redis = await startRedisServer();
  const settings = {
    SESSION_STORE: redis.url,
    SESSION_WORKERS: "3",
    SESSION_LOG_LEVEL: "debug",
    SESSION_STORE_DEADLINE_MS: "10000",
  };
  await using program = await startProgram({ settings });
  const { body } = await new Api(program.url).create("frozen");
  const path = `/session/${String(body["session_id"])}`;
  const [closing, frozen] = await connectionsToTwo(program, path);
  process.kill(frozen.pid, "SIGSTOP");
  expect(await closing.send("DELETE", path)).toBe(200);
  const late = frozen.send("GET", path);
  process.kill(frozen.pid, "SIGCONT");
  expect(await late).toBe(404);
  expect(await program.stop()).toBe(0);
  const waited = program.lines.filter(({ msg }) => String(msg).includes("did not confirm"));
  expect(waited).toEqual([]);
});

/** One connection to one worker. */
class Connection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  pid = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Resolves with the status. */
  send(method: string, path: string, requestId = "other"): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const headers = { "x-request-id": requestId };
    const options = { method, agent: this.#agent, headers };
    const sent = request(this.#url + path, options, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject).end();
    return promise;
  }
}

/** Both workers have what the path names in memory. */
async function connectionsToTwo(program: Program, path: string) {
  const found = new Map<number, Connection>();
  for (let n = 0; found.size < 2; n += 1) {
    const connection = new Connection(program.url);
    for (const id of [`first-${n}`, `again-${n}`])
      expect(await connection.send("GET", path, id)).toBe(200);
    const line = () => program.lines.find((each) => each["request_id"] === `again-${n}`);
    await until(() => line() !== undefined, { what: "its line in the log", withinMs: 5000 });
    connection.pid = Number(line()?.["pid"]);
    found.set(connection.pid, connection);
  }
  const [one, other] = [...found.values()];
  if (!one || !other) throw new Error("there are no two workers");
  return [one, other] as const;
}

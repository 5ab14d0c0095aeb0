import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { CommandProcess, CommandRunner, typed } from "../support/command-line.ts";
import { filledDatabase } from "../support/filled-database.ts";
import { startProgram } from "../support/program.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { anExpiredSession } from "../support/sessions.ts";
import { size } from "../support/size.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { TcpRelay } from "../support/tcp-relay.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(size(60_000, 1_800_000));

const SESSIONS = size(1000, 100_000);
/** About half of what a session is on its way to Redis. */
const HALF_BYTES = 400;
const KEYS = Buffer.alloc(32, 5).toString("base64url");

interface Result {
  readonly end: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly comparison: Readonly<Record<"source" | "target", unknown>> & { readonly others: number };
}

let redis: RedisServer;
let dir: TemporaryDirectory;
let from: string;
const commands = new CommandRunner(() => dir.path);

beforeAll(
  async () => {
    redis = await startRedisServer();
    dir = temporaryDirectory();
    from = `sqlite:${await filledDatabase(dir.path, SESSIONS)}`;
  },
  size(60_000, 1_800_000),
);
afterAll(async () => {
  await redis.stop();
  dir[Symbol.dispose]();
});

describe(`${SESSIONS} sessions copied`, () => {
  test("from SQLite to Redis and back to SQLite are the same, by count and digest", async () => {
    const there = await copied(from, redis.url);
    const back = await copied(redis.url, `sqlite:${join(dir.path, "back.db")}`);
    expect(there.comparison.source).toMatchObject({ sessions: SESSIONS });
    for (const { end, comparison } of [there, back]) {
      expect(end).toBe("finished");
      expect(comparison).toMatchObject({
        source: there.comparison.source,
        target: there.comparison.source,
        others: 0,
      });
    }
    const again = await copied(from, redis.url);
    expect(again.counts).toMatchObject({ added: 0, same: SESSIONS });
  });

  for (const [signal, exitCode] of [
    ["SIGKILL", 137],
    ["SIGINT", EXIT.interrupted.code],
  ] as const)
    test(`with ${signal} half-way are the same after the same command again`, async () => {
      await redis.command("FLUSHALL");
      await using relay = await TcpRelay.to(redis.port);
      relay.holdAfter(SESSIONS * HALF_BYTES);
      const first = start(from, `redis://127.0.0.1:${relay.port}`);
      await until(() => relay.isHeld, {
        what: "half of the sessions were sent",
        withinMs: size(30_000, 600_000),
      });
      first.signal(signal);
      relay.letGo();
      const ended = await first.result();
      expect(ended.exitCode).toBe(exitCode);
      if (signal === "SIGINT") expect(ended.stderr).toContain("run the same command again");
      const { counts, comparison } = await copied(from, redis.url);
      expect(counts["same"]).toBeGreaterThan(0);
      expect(counts["added"]).toBeGreaterThan(0);
      expect(comparison.target).toEqual(comparison.source);
      expect(comparison.source).toMatchObject({ sessions: SESSIONS });
    });
});

describe("a copy", () => {
  test("leaves what ran out behind and counts it; people see a table", async () => {
    using own = temporaryDirectory();
    const database = await filledDatabase(own.path, 4, (n) =>
      anExpiredSession({ userId: `u${n}`, ...(n > 0 ? { expiresAt: Date.now() + 60_000 } : {}) }),
    );
    const to = `sqlite:${join(own.path, "to.db")}`;
    const { exitCode, stdout } = await copy(`sqlite:${database}`, to);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^added +3\n.*\nexpired, left behind +1\n/s);
    expect(stdout).toMatch(/\nfrom +3 +([0-9a-f]{64})\nto +3 +\1\nequal: /);
  });

  test("from or into a database that a service uses is refused in one clear line", async () => {
    using own = temporaryDirectory();
    const settings = { SESSION_STORE: "sqlite:used.db" };
    await using program = await startProgram({ dir: own.path, settings });
    const used = `sqlite:${join(program.dir, "used.db")}`;
    for (const [source, target] of [
      [used, redis.url],
      [from, used],
    ] as const) {
      const { exitCode, stderr } = await copy(source, target);
      expect(exitCode).toBe(EXIT.failed.code);
      expect(stderr).toMatch(/^error: The database .+ is in use by another process .+\n$/m);
    }
  });

  test.concurrent("from nowhere, and to a Redis that is away, says so", async () => {
    const nowhere = await copy(`sqlite:${join(dir.path, "none.db")}`, redis.url);
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([
      EXIT.usage.code,
      `error: There is no database ${join(dir.path, "none.db")}\n`,
    ]);
    const away = await copy(from, "redis://127.0.0.1:9");
    expect(away.exitCode).toBe(EXIT.unavailable.code);
    expect(away.stderr).toMatch(/^error: redis:\/\/127.0.0.1:9 does not answer \(.*ECONNREFUSED/);
  });

  test.concurrent(
    "says why a Redis lets nobody in, as verify and export do, and shows no password",
    async () => {
      await using locked = await startRedisServer({ password: "right" });
      const refused = [
        [`redis://:wrong-one@127.0.0.1:${locked.port}`, "WRONGPASS"],
        [`redis+cluster://:wrong-one@127.0.0.1:${locked.port}`, "WRONGPASS"],
        ["redis+sentinel://:wrong-one@127.0.0.1:9/main", "ECONNREFUSED"],
      ] as const;
      const told = refused.map(async ([url, why], n) => {
        const file = join(dir.path, `url${n}`);
        await Bun.write(file, url);
        const store = ["--store-file", file];
        const results = await Promise.all([
          typed(["verify", ...store]),
          typed(["export", "--plain", "--out", "-", ...store]),
          typed(["copy", "--from-file", file, "--to", `sqlite:${join(dir.path, "no.db")}`]),
        ]);
        for (const { exitCode, errors } of results) {
          expect(exitCode).toBe(EXIT.unavailable.code);
          expect(errors).toMatch(new RegExp(`^error: redis.+ does not answer \\(.*${why}`));
          expect(errors).not.toContain("wrong-one");
        }
      });
      await Promise.all(told);
    },
  );

  test("tells of sessions that only the target has, until it is said what becomes of them", async () => {
    using own = temporaryDirectory();
    const source = `sqlite:${await filledDatabase(own.path, 4)}`;
    const to = `sqlite:${join(own.path, "to.db")}`;
    await copy(source, to);
    for (const suffix of ["", ".lock", ".ballast"]) rmSync(`${source.slice(7)}${suffix}`);
    await filledDatabase(own.path, 2);
    expect(await copied(source, to, EXIT.differs.code)).toMatchObject({
      comparison: { others: 4 },
    });
    expect((await copy(source, to, "--keep-others")).exitCode).toBe(0);
    expect((await copy(source, to, "--remove-others")).stdout).toContain("--from has them not: 4");
    expect(await copied(source, to)).toMatchObject({ comparison: { others: 0 } });
  });

  test("with keys of one side only in a file keeps the tokens sealed there", async () => {
    await redis.command("FLUSHALL");
    const keysFile = join(dir.path, "keys");
    await Bun.write(keysFile, `${KEYS}\n`);
    const { exitCode, stderr } = await copy(from, redis.url, "--to-keys-file", keysFile);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const [key = ""] = (await redis.command("KEYS", "sm:*:s:*")) as string[];
    expect(await redis.command("GET", key)).not.toContain("the-refresh-token");
  });

  test("to another prefix with keys makes a plain Redis a sealed one, and warns of the other way", async () => {
    await redis.command("FLUSHALL");
    using own = temporaryDirectory();
    const source = `sqlite:${await filledDatabase(own.path, 4)}`;
    const plain = await copy(source, redis.url, "--to-prefix", "plain");
    expect(plain.stderr).toContain("tokens are stored plain there");
    const keysFile = join(dir.path, "sealed.keys");
    await Bun.write(keysFile, KEYS);
    const sealing = ["--from-prefix", "plain", "--to-prefix", "sealed", "--to-keys-file", keysFile];
    expect((await copy(redis.url, redis.url, ...sealing)).exitCode).toBe(0);
    const store = ["--store", redis.url, "--store-prefix", "sealed", "--store-keys-file", keysFile];
    const { stdout } = await commands.run(["verify", ...store, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ sessions: 4, sealed: true, unreadable: 0 });
  });
});

function start(source: string, target: string): CommandProcess {
  return new CommandProcess(["copy", "--from", source, "--to", target], { dir: dir.path });
}

function copy(source: string, target: string, ...more: readonly string[]) {
  return commands.run(["copy", "--from", source, "--to", target, ...more]);
}

async function copied(source: string, target: string, expected = 0): Promise<Result> {
  const args = ["copy", "--from", source, "--to", target, "--json"];
  const { exitCode, stdout, stderr } = await commands.run(args);
  expect({ exitCode, stderr: exitCode === expected ? "" : stderr }).toEqual({
    exitCode: expected,
    stderr: "",
  });
  return JSON.parse(stdout) as Result;
}

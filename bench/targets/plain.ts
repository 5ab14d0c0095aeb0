import { createClient } from "@redis/client";
import { basename, join } from "node:path";
import { loginOf, numbers } from "../login.ts";
import type { RunOptions, Target, Workload } from "../target.ts";
import type { LoadResult } from "../wrk.ts";
import { AUTHORIZATION } from "./api-key.ts";
import { type PeerOptions, startPeer } from "./cookie-peer.ts";
import { HttpTarget } from "./http-target.ts";

const KEYS = 200;
const PATH = "/a01/session";
const USERS_TO_CREATE = 30_000;

/**
 * Bun.serve and one command of @redis/client. What it is sent has the size of what the service is sent, and what it answers
 * to a get has the bytes of the service's answer.
 */
export async function startPlainRedis(
  options: PeerOptions,
  answerBytes: string,
): Promise<HttpTarget> {
  const running = await startPeer(options, process.execPath);
  await seed(options.redisUrl, answerBytes);
  const headers = { authorization: AUTHORIZATION };
  return new HttpTarget({
    ...options,
    process: running,
    can: ["get", "create"],
    requestsOf: async (workload) => {
      if (workload === "get")
        return numbers(KEYS).map((key) => ({
          method: "GET",
          path: `${PATH}/${idOf(key)}`,
          headers,
        }));
      return numbers(USERS_TO_CREATE).map((user) => ({
        method: "POST",
        path: PATH,
        headers,
        body: JSON.stringify(loginOf(`user-${user}`, "device")),
      }));
    },
  });
}

function idOf(key: number): string {
  return `0b9f9c1e-8a1c-8abc-9f00-${`${key}`.padStart(12, "0")}`;
}

async function seed(url: string, bytes: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  for (const key of numbers(KEYS)) await client.set(`plain:${idOf(key)}`, bytes);
  client.destroy();
}

/** Bun.serve with constant headers. */
export async function startConstant(options: PeerOptions): Promise<HttpTarget> {
  return new HttpTarget({
    ...options,
    process: await startPeer(options, process.execPath),
    can: ["check"],
    requestsOf: async () => [
      {
        method: "GET",
        path: "/a01/check",
        headers: { authorization: `Bearer smt_${"A".repeat(64)}` },
      },
    ],
  });
}

/** Redis itself, asked by redis-benchmark for the same bytes: no HTTP, no JavaScript. */
export class RedisBenchmark implements Target {
  readonly name = "redis-benchmark GET";
  readonly pid = undefined;
  readonly can: readonly Workload[] = ["get"];
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async prepare(): Promise<void> {}

  async run(_: Workload, { seconds, connections }: RunOptions): Promise<LoadResult> {
    const requests = Math.round(60_000 * seconds);
    const flags = ["-p", `${this.#port}`, "-c", `${connections}`, "-n", `${requests}`, "--csv"];
    const child = Bun.spawn(["redis-benchmark", ...flags, "GET", `plain:${idOf(0)}`], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const line = (await new Response(child.stdout).text()).trim().split("\n").at(-1);
    const perSecond = Number(line?.split(",")[1]?.replaceAll('"', ""));
    return { requests, seconds: requests / perSecond, refused: 0, failed: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A program that creates sessions in a database of its own, a new one for each run, and prints how many in a second. */
export class Creator implements Target {
  readonly name: string;
  readonly pid = undefined;
  readonly can: readonly Workload[] = ["create"];
  readonly #file: string;
  readonly #dir: string;
  #runs = 0;

  constructor(name: string, file: string, dir: string) {
    this.name = name;
    this.#file = file;
    this.#dir = dir;
  }

  async prepare(): Promise<void> {}

  async run(_: Workload, { seconds }: RunOptions): Promise<LoadResult> {
    const database = join(this.#dir, `${basename(this.#file)}-${this.#runs++}.db`);
    const child = Bun.spawn([process.execPath, this.#file, database, `${seconds}`], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const perSecond = Number(await new Response(child.stdout).text());
    return { requests: perSecond * seconds, seconds, refused: 0, failed: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

import { join } from "node:path";
import { freePort } from "../../test/support/redis-server.ts";
import { inParallel, loginOf, numbers, refreshOf } from "../login.ts";
import { type MeasuredProcess, startProcess } from "../processes.ts";
import type { Workload } from "../target.ts";
import { NODE, PEERS } from "../tools.ts";
import type { WireRequest } from "../wrk.ts";
import { HttpTarget } from "./http-target.ts";

export interface PeerOptions {
  readonly name: string;
  /** In bench/peers. */
  readonly file: string;
  readonly redisUrl: string;
  readonly dir: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const SESSIONS = 200;
const USERS_TO_CREATE = 30_000;
const CAN: readonly Workload[] = ["check", "check miss", "get", "create", "update", "close"];

/** A framework with its session middleware, on the newest Node LTS: the session is known by a cookie. */
export async function startCookiePeer(options: PeerOptions): Promise<HttpTarget> {
  const process = await startPeer(options, NODE);
  const requestsOf = cookieRequests(`http://127.0.0.1:${process.port}`);
  return new HttpTarget({ ...options, process, can: CAN, requestsOf });
}

/** Starts a program of bench/peers. */
export async function startPeer(options: PeerOptions, runtime: string): Promise<MeasuredProcess> {
  const { name, file, redisUrl, dir, environment = {} } = options;
  const port = await freePort();
  return startProcess({
    name,
    dir,
    port,
    command: [runtime, join(PEERS, file)],
    environment: { PORT: `${port}`, REDIS_URL: redisUrl, ...environment },
  });
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ");
}

function cookieRequests(url: string) {
  let users = 0;
  const body = () => JSON.stringify(loginOf(`user-${users++}`, "device"));
  const createMany = (count: number) =>
    inParallel(numbers(count), 32, () => logIn(`${url}/session`, body()));
  return async (workload: Workload, closes: number): Promise<readonly WireRequest[]> => {
    if (workload === "create")
      return numbers(USERS_TO_CREATE).map(() => ({
        method: "POST",
        path: "/session",
        body: body(),
      }));
    const cookies = await createMany(workload === "close" ? closes : SESSIONS);
    if (workload === "check miss")
      await inParallel(cookies, 32, (cookie) => logOut(`${url}/session`, cookie));
    return cookies.map((cookie) => requestWith(cookie, workload));
  };
}

function requestWith(cookie: string, workload: Workload): WireRequest {
  const headers = { cookie };
  if (workload === "check" || workload === "check miss")
    return { method: "GET", path: "/check", headers };
  if (workload === "get") return { method: "GET", path: "/session", headers };
  if (workload === "close") return { method: "DELETE", path: "/session", headers };
  if (workload !== "update") throw new Error(`it cannot do: ${workload}`);
  return { method: "PATCH", path: "/session", headers, body: JSON.stringify(refreshOf()) };
}

/** Returns the cookie of a new session. */
export async function logIn(url: string, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  await answer.arrayBuffer();
  if (answer.status !== 201) throw new Error(`a login was answered ${answer.status}`);
  return cookiesOf(answer);
}

/** Afterwards the cookie is signed as before, and known to nobody. */
async function logOut(url: string, cookie: string): Promise<void> {
  const answer = await fetch(url, { method: "DELETE", headers: { cookie } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`a logout was answered ${answer.status}`);
}

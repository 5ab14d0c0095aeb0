import type { RedisServer } from "../test/support/redis-server.ts";
import { loginOf } from "./login.ts";
import { logIn, startPeer } from "./targets/cookie-peer.ts";
import { signUp } from "./targets/better-auth.ts";
import { AUTHORIZATION } from "./targets/api-key.ts";
import { startServiceProcess } from "./targets/service.ts";
import { NODE } from "./tools.ts";

/** How long, after a close was acknowledged, another process still took the session for live. */
export interface Revocation {
  readonly name: string;
  readonly closes: number;
  /** Requests sent to the other process after the acknowledgement. */
  readonly asked: number;
  /** How many of those were answered as if the session were live. */
  readonly stale: number;
  /** The last of them was sent this long after the acknowledgement; 0 when there was none. */
  readonly worstMs: number;
}

/** A session of a system that runs in two processes. */
interface Closable {
  readonly close: () => Promise<void>;
  /** Asks the other process. */
  readonly isLive: () => Promise<boolean>;
}

/** For so long better-auth keeps a session in a signed cookie here. Its documentation's example has 5 minutes. */
const COOKIE_CACHE_SECONDS = 3;

/** Changes wait for that long after the first process met a new Redis. */
export const SETTLE_MS = 2500;

/** Closes sessions at one process while another is asked for them without pause. */
export async function measureRevocation(
  redis: RedisServer,
  dir: string,
  closes: number,
): Promise<readonly Revocation[]> {
  await using stack = new AsyncDisposableStack();
  const options = { redisUrl: redis.url, dir, name: "peer" };
  const pair = async (start: () => Promise<{ port: number } & AsyncDisposable>) =>
    [stack.use(await start()).port, stack.use(await start()).port] as const;
  const serviceOf = (cache: string) => () =>
    startServiceProcess({
      name: `revocation-${cache}`,
      dir,
      settings: {
        SESSION_STORE: redis.url,
        SESSION_REDIS_PREFIX: `rev-${cache}`,
        SESSION_CACHE: cache,
      },
    });
  const [exact, off] = [await pair(serviceOf("exact")), await pair(serviceOf("off"))];
  await Bun.sleep(SETTLE_MS);
  const express = await pair(() => startPeer({ ...options, file: "express.mjs" }, NODE));
  const environment = { COOKIE_CACHE_SECONDS: `${COOKIE_CACHE_SECONDS}` };
  const better = stack.use(
    await startPeer({ ...options, file: "better-auth.mjs", environment }, NODE),
  ).port;
  return [
    await measure("service, cache exact", closes, () => serviceSession(...exact)),
    await measure("service, cache off", closes, () => serviceSession(...off)),
    await measure("express-session + connect-redis", closes, () => expressSession(...express)),
    await measure(`better-auth, cookie cache of ${COOKIE_CACHE_SECONDS} s`, 3, () =>
      betterAuthSession(better),
    ),
  ];
}

async function measure(
  name: string,
  closes: number,
  open: () => Promise<Closable>,
): Promise<Revocation> {
  let [asked, stale, worstMs] = [0, 0, 0];
  for (let i = 0; i < closes; i += 1) {
    const session = await open();
    for (let look = 0; look < 3; look += 1)
      if (!(await session.isLive())) throw new Error(`${name}: a new session is not live`);
    let closedAt = Number.POSITIVE_INFINITY;
    const askUntilGone = async () => {
      for (let quiet = 0; quiet < 20;) {
        const sentAt = performance.now();
        const isLive = await session.isLive();
        if (sentAt < closedAt) continue;
        asked += 1;
        quiet = isLive ? 0 : quiet + 1;
        if (isLive) [stale, worstMs] = [stale + 1, Math.max(worstMs, sentAt - closedAt)];
      }
    };
    const asking = Promise.all([askUntilGone(), askUntilGone()]);
    await session.close();
    closedAt = performance.now();
    await asking;
  }
  return { name, closes, asked, stale, worstMs };
}

async function serviceSession(one: number, other: number): Promise<Closable> {
  const url = `http://127.0.0.1:${one}/a01/session`;
  const headers = { authorization: AUTHORIZATION, "content-type": "application/json" };
  const body = JSON.stringify(loginOf(crypto.randomUUID(), "device"));
  const created = await fetch(url, { method: "POST", headers, body });
  const { session_id, session_token } = (await created.json()) as Record<string, string>;
  const bearer = { authorization: `Bearer ${session_token}` };
  return {
    close: () => closed(fetch(`${url}/${session_id}`, { method: "DELETE", headers })),
    isLive: async () =>
      (await fetch(`http://127.0.0.1:${other}/a01/check`, { headers: bearer })).ok,
  };
}

async function expressSession(one: number, other: number): Promise<Closable> {
  const url = `http://127.0.0.1:${one}/session`;
  const headers = { cookie: await logIn(url, JSON.stringify(loginOf("user", "device"))) };
  return {
    close: () => closed(fetch(url, { method: "DELETE", headers })),
    isLive: async () => (await fetch(`http://127.0.0.1:${other}/check`, { headers })).ok,
  };
}

/** One process is enough: what answers is in the browser's own cookie. */
async function betterAuthSession(port: number): Promise<Closable> {
  const url = `http://127.0.0.1:${port}`;
  const cookie = await signUp(url, "user");
  const headers = { cookie, origin: url };
  return {
    close: () => closed(fetch(`${url}/api/auth/sign-out`, { method: "POST", headers })),
    isLive: async () =>
      (await (await fetch(`${url}/api/auth/get-session`, { headers })).text()).includes("user"),
  };
}

async function closed(answer: Promise<Response>): Promise<void> {
  const { status } = await answer;
  if (status !== 200)
    throw new Error(`a close was answered ${status}: ${await (await answer).text()}`);
}

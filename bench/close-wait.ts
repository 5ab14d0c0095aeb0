import type { RedisServer } from "../test/support/redis-server.ts";
import { loginOf } from "./login.ts";
import { SETTLE_MS } from "./revocation.ts";
import { percentile } from "./statistics.ts";
import { AUTHORIZATION } from "./targets/api-key.ts";
import { startServiceProcess } from "./targets/service.ts";

/** What a close costs with 4 processes that answer from memory, beside one where none does. In milliseconds. */
export interface CloseWait {
  readonly off: { readonly p50: number; readonly p99: number };
  readonly exact: { readonly p50: number; readonly p99: number };
}

const PROCESSES = 4;
/** A moment between closes: moderate load. */
const PAUSE_MS = 4;
const WARM_UP = 40;

export async function measureCloseWait(
  redis: RedisServer,
  dir: string,
  closes: number,
): Promise<CloseWait> {
  await using stack = new AsyncDisposableStack();
  const start = async (cache: string) => {
    const ports: number[] = [];
    for (let i = 0; i < PROCESSES; i += 1) {
      const settings = {
        SESSION_STORE: redis.url,
        SESSION_REDIS_PREFIX: `close-${cache}`,
        SESSION_CACHE: cache,
      };
      const name = `close-${cache}`;
      ports.push(stack.use(await startServiceProcess({ name, dir, settings })).port);
    }
    return ports;
  };
  const [exact, off] = [await start("exact"), await start("off")];
  const times = { exact: [] as number[], off: [] as number[] };
  await Bun.sleep(SETTLE_MS);
  for (let i = -WARM_UP; i < closes; i += 1) {
    const [slow, fast] = [await closeOnce(exact, i), await closeOnce(off, i)];
    if (i >= 0) {
      times.exact.push(slow);
      times.off.push(fast);
    }
    await Bun.sleep(PAUSE_MS);
  }
  return { exact: summary(times.exact), off: summary(times.off) };
}

/** Each process has the session in memory before one of them, a different one each time, closes it. */
async function closeOnce(ports: readonly number[], turn: number): Promise<number> {
  const api = (at: number) => `http://127.0.0.1:${ports[at % ports.length]}/a01/session`;
  const headers = { authorization: AUTHORIZATION, "content-type": "application/json" };
  const body = JSON.stringify(loginOf(crypto.randomUUID(), "device"));
  const created = await fetch(api(0), { method: "POST", headers, body });
  const { session_id: id } = (await created.json()) as { session_id: string };
  for (const at of ports.keys()) await (await fetch(`${api(at)}/${id}`, { headers })).arrayBuffer();
  const startedAt = performance.now();
  const answer = await fetch(`${api(turn + WARM_UP)}/${id}`, { method: "DELETE", headers });
  await answer.arrayBuffer();
  const took = performance.now() - startedAt;
  if (answer.status !== 200) throw new Error(`a close was answered ${answer.status}`);
  return took;
}

function summary(times: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

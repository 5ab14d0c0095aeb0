import { type Ask, type Attempt, type Credential, type Reply, attempt } from "./attempt.ts";
import type { CallOptions, ClientSettings, RetryPolicy } from "./client-options.ts";
import type { ErrorCode, SessionManagerError } from "./errors.ts";
import { limitTime, pause } from "./time-limit.ts";

/** The answer of a call, after one try or several. */
export interface Exchanged extends Reply {
  /** Whether a try before may have done it already. */
  readonly hadUnknown: boolean;
}

export interface ExchangeOptions extends CallOptions {
  /** Who the call is sent as. Default: by the API key. */
  readonly credential?: Credential | undefined;
}

/**
 * Asks until there is an answer that decides, the tries are used up, or the deadline is near. Another try is made only
 * when the last one certainly changed nothing, or when doing it twice comes to the same as doing it once.
 */
export async function exchange(
  ask: Ask,
  settings: ClientSettings,
  options: ExchangeOptions,
): Promise<Exchanged> {
  const end = performance.now() + (options.timeoutMs ?? settings.timeoutMs);
  let hadUnknown = false;
  for (let tries = 1; ; tries++) {
    const result: Attempt = await tryOnce(ask, settings, options, end);
    if (result.ok) return { ...result.reply, hadUnknown };
    const error: SessionManagerError = hadUnknown ? result.error.unsure() : result.error;
    hadUnknown = error.outcome === "unknown";
    const waitMs = waitBeforeNext(ask, result.error, tries, settings);
    if (waitMs === undefined || performance.now() + waitMs >= end) throw error;
    await pause(waitMs, options.signal);
  }
}

async function tryOnce(
  ask: Ask,
  settings: ClientSettings,
  options: ExchangeOptions,
  end: number,
): Promise<Attempt> {
  const leftMs = end - performance.now();
  const ms = ask.repeatable ? Math.min(leftMs, settings.tryTimeoutMs) : leftMs;
  const limit = limitTime(ms, options.signal);
  try {
    const credential = options.credential ?? settings.apiKey;
    return await attempt(ask, { fetch: settings.fetch, credential, limit });
  } finally {
    limit.stop();
  }
}

/** What may pass by itself. Everything else would be answered the same again. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "unreachable",
  "timeout",
  "store_unavailable",
  "store_full",
  "auth_server_unavailable",
  "idempotency_in_flight",
]);

function waitBeforeNext(
  ask: Ask,
  error: SessionManagerError,
  tries: number,
  { retry, random }: ClientSettings,
): number | undefined {
  if (!PASSING.has(error.code) || tries >= retry.maxTries) return undefined;
  if (error.outcome === "unknown" && !ask.repeatable) return undefined;
  return (error.retryAfterSeconds ?? 0) * 1000 + random() * longestWaitMs(retry, tries);
}

/** Any length up to this one is as likely ("full jitter"), so that many clients do not come back at once. */
function longestWaitMs({ baseDelayMs, maxDelayMs }: RetryPolicy, tries: number): number {
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (tries - 1));
}

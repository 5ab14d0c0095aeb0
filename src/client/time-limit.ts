/** Ends what is waited for: after some time, or when an outer signal says so. */
export interface TimeLimit {
  /** Aborted when the time is over or the outer signal is aborted. */
  readonly signal: AbortSignal;
  /** Whether it was the time that ended it. */
  readonly isOver: () => boolean;
  /** Settles as `promise` does, or rejects as soon as `signal` is aborted, whether or not `promise` heeds it. */
  readonly race: <T>(promise: Promise<T>) => Promise<T>;
  /** Must be called at the end. */
  readonly stop: () => void;
}

/** Own timers, because AbortSignal.any is missing in Node 20.0 and AbortSignal.timeout cannot be stopped. */
export function limitTime(ms: number, outer?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const { signal } = controller;
  let isOver = false;
  const timer = setTimeout(
    () => {
      isOver = true;
      controller.abort();
    },
    Math.max(0, ms),
  );
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener("abort", follow, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    const end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
  aborted.catch(() => {});
  return {
    signal,
    isOver: () => isOver,
    race: (promise) => Promise.race([promise, aborted]),
    stop: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", follow);
    },
  };
}

/** Waits; throws the reason of `signal` when that ends it. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const limit = limitTime(ms, signal);
  try {
    await limit.race(new Promise<never>(() => {}));
  } catch (error) {
    if (!limit.isOver()) throw error;
  } finally {
    limit.stop();
  }
}

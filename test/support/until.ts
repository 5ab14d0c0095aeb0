/**
 * Resolves once `condition` holds, asking again every `everyMs`; throws, naming `what`, when it does not in time.
 * A condition that throws counts as not holding.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const { what, withinMs, everyMs = 20 } = options;
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`Not so within ${withinMs} ms: ${what}`, { cause: last });
    }
    await Bun.sleep(everyMs);
  }
}

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const LONGEST_ASKED_MS = 300_000;

/**
 * How long an auth server that gave no usable answer is left alone: twice as long after each failure in a row, from 1 s
 * to a minute, spread over the upper half so that not all come back at once. Longer when it asked for that, up to 5
 * minutes. `random` is from 0 to 1.
 */
export function backOffMs(failures: number, random: number, askedSeconds = 0): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  const askedMs = Math.min(LONGEST_ASKED_MS, askedSeconds * 1000);
  return Math.ceil(Math.max(askedMs, fullMs * (0.5 + random / 2)));
}

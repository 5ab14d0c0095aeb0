import { z } from "zod";

const MAX_SECONDS = 2 ** 31 - 1;

/** Whole seconds from `min` to 2^31-1, as a JSON number. null and "" mean the same as leaving it out. */
export function optionalSeconds(min: number, meta: { description: string; deprecated?: boolean }) {
  return z
    .union([z.int().min(min).max(MAX_SECONDS), z.literal(""), z.null()], {
      error: `must be a whole number from ${min} to ${MAX_SECONDS}`,
    })
    .optional()
    .meta(meta);
}

/** What `optionalSeconds` takes, null and "" aside. */
export function isSeconds(value: unknown, min: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= MAX_SECONDS;
}

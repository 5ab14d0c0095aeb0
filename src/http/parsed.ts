import type { Refusal } from "./problem.ts";

/** What a reader of input found: a value, or why the request is refused. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function reject(refusal: Refusal): Parsed<never> {
  return { ok: false, refusal };
}

import { expect } from "bun:test";
import type { FieldError, ProblemCode } from "../../src/wire/problem.ts";
import { expectProblem } from "./answer.ts";
import { type Sent, ServedApp } from "./serve-app.ts";

/** Stands in what is sent where it must never be told back. */
export const MARKER = "m4rk3r";

export interface Refused {
  readonly method: string;
  readonly path: string;
  readonly sent?: Sent;
}

/**
 * Fails unless the request is answered by the problem `code`, without MARKER in body or headers, while nothing is
 * stored and the service goes on. Returns the errors told.
 */
export async function expectRefused(
  { method, path, sent }: Refused,
  code: ProblemCode,
): Promise<readonly FieldError[]> {
  await using app = new ServedApp();
  const answer = await app.send(method, path, sent);
  const errors = expectProblem(answer, code);
  expect(answer.text).not.toContain(MARKER);
  expect(JSON.stringify([...answer.headers])).not.toContain(MARKER);
  expect(JSON.stringify(app.requests)).not.toContain(MARKER);
  expect(await app.countAndRemoveAll()).toBe(0);
  await app.create();
  return errors;
}

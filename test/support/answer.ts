import { expect } from "bun:test";
import { PROBLEM_KINDS } from "../../src/http/problem.ts";
import { type FieldError, Problem, type ProblemCode } from "../../src/wire/problem.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

/** Fails unless `answer` is the problem `code`, whole as the contract says. Returns its errors. */
export function expectProblem(answer: Answer, code: ProblemCode): readonly FieldError[] {
  expect(answer.json).toMatchObject({ code });
  const problem = Problem.strict().parse(answer.json);
  const { status, title } = PROBLEM_KINDS[code];
  expect(answer.status).toBe(status);
  expect(problem).toMatchObject({ status, title, type: "about:blank" });
  expect(problem.detail).not.toBe("");
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("x-request-id")).toBe(problem.request_id);
  expect(problem.outcome !== undefined).toBe(status === 503);
  if (status === 503) expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  if (status === 401) expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
  if (status === 405) expect(answer.headers.get("allow")).not.toBeNull();
  return problem.errors;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

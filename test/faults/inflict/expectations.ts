import type { ApiAnswer } from "../../support/api.ts";

/** Throws when an answer under a fault is not the one that is promised. */
export function expectAnswer(
  { status, body }: ApiAnswer,
  expected: number,
  members: Readonly<Record<string, unknown>> = {},
): void {
  const isSame = Object.entries(members).every(([name, value]) => body[name] === value);
  if (status === expected && isSame) return;
  const wanted = `${expected} ${JSON.stringify(members)}`;
  throw new Error(`expected ${wanted}, was answered ${status} ${JSON.stringify(body)}`);
}

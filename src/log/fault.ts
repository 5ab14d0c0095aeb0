/** An error as a log may show it. */
export interface DescribedFault {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** The places it passed, innermost first. */
  readonly stack?: readonly string[];
  readonly cause?: DescribedFault;
}

const DEEPEST_CAUSE = 4;

/**
 * Tells an error and its causes without what looks like a secret: session tokens, API keys, logins in URLs. The engine
 * quotes the input in a SyntaxError, so quoted text goes as well. Nothing but the members named here is taken over.
 */
export function describeFault(error: unknown): DescribedFault {
  return describe(error, 0);
}

/** The same without the places: for a fault that is foreseen and may come a thousand times a second. */
export function describeFaultBriefly(error: unknown): DescribedFault {
  const { stack: _, ...brief } = describeFault(error);
  return brief;
}

function describe(error: unknown, depth: number): DescribedFault {
  if (!(error instanceof Error)) return { name: "unknown", message: `a thrown ${typeof error}` };
  const { name, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const stack = stackOf(error);
  return {
    name,
    message: withoutSecrets(name === "SyntaxError" ? withoutQuotes(error.message) : error.message),
    ...(code === undefined ? {} : { code }),
    ...(stack.length === 0 || depth > 0 ? {} : { stack }),
    ...(cause === undefined || depth === DEEPEST_CAUSE
      ? {}
      : { cause: describe(cause, depth + 1) }),
  };
}

function withoutSecrets(text: string): string {
  return text.replace(/\bsm([tk])_[\w-]+/g, "sm$1_…").replace(/\/\/[^\s/]*@/g, "//…@");
}

function withoutQuotes(text: string): string {
  return text.replace(/(["'`]).*\1/s, '"…"');
}

function stackOf(error: Error): readonly string[] {
  const lines = error.stack?.split("\n") ?? [];
  return lines.map((line) => line.trim()).filter((line) => /^at \S/.test(line));
}

/** One line of the doctor. */
export interface Finding {
  readonly mark: "ok" | "warning" | "problem";
  /** What was looked at, in a word or two. */
  readonly about: string;
  /** What was found. */
  readonly text: string;
  /** What to do about it; of "ok" nothing. */
  readonly mend?: string;
}

export function ok(about: string, text: string): Finding {
  return { mark: "ok", about, text };
}

export function warning(about: string, text: string, mend: string): Finding {
  return { mark: "warning", about, text, mend };
}

export function problem(about: string, text: string, mend: string): Finding {
  return { mark: "problem", about, text, mend };
}

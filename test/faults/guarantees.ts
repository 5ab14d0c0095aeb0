import { join } from "node:path";
import { type RunSummary, classesAsMarkdown, runAsMarkdown } from "./summary.ts";

/** The document that shows the last run. */
export const GUARANTEES = join(import.meta.dir, "..", "..", "docs", "guarantees.md");

/** `document` with what the run decided between its marks. Throws when it has no marks. */
export function withRun(document: string, run: RunSummary): string {
  const withClasses = between(document, "classes", classesAsMarkdown(run));
  return between(withClasses, "last run", runAsMarkdown(run));
}

function between(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/guarantees.md has no ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

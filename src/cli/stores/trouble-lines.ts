import { visibleText } from "../../text/visible-text.ts";
import type { CliParts } from "../cli-parts.ts";
import type { ProgressLine } from "../screen/progress-line.ts";

/** More than this nobody reads; the count is told at the end. */
const MAX_LINES = 20;

/** Tells each trouble in a line of its own on standard error, the first ones only. */
export function troubleLines(
  { writeError }: Pick<CliParts, "writeError">,
  progress: ProgressLine,
): (trouble: string) => void {
  let count = 0;
  return (trouble) => {
    count += 1;
    if (count > MAX_LINES) return;
    progress.done();
    writeError(`${visibleText(trouble)}\n`);
    if (count === MAX_LINES) writeError("…and maybe more: they are only counted from here on\n");
  };
}

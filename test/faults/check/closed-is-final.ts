import { looksAt } from "./reads.ts";
import type { Told } from "./told.ts";

/** I1: once a close was answered, no answer to a later request shows the session, at any process, after any restart. */
export function closedIsFinal({ users }: Told): readonly string[] {
  return users.flatMap(({ sessions }) =>
    sessions.flatMap((story) => {
      const closes = story.closers.filter(({ isCertain, by }) => isCertain && by !== "expiry");
      const over = Math.min(...closes.map(({ complete }) => complete));
      const shown = looksAt(story).filter((look) => look.isShown && look.invoke > over);
      return shown.map(
        ({ invoke }) =>
          `${story.made.id} is shown ${ms(invoke - over)} after its close was answered`,
      );
    }),
  );
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

import { looksAt } from "./reads.ts";
import type { Told } from "./told.ts";

/** I2: after its create was answered and before anything may have ended it, no answer says that a session is not there. */
export function noPhantomAbsence(told: Told): readonly string[] {
  return told.promises.keepsWrites ? absencesIn(told) : [];
}

/** The same where writes may be lost: how many sessions were. */
export function absencesIn({ users }: Told): readonly string[] {
  return users.flatMap(({ sessions }) =>
    sessions
      .filter((story) =>
        looksAt(story).some(
          ({ isShown, invoke, complete }) =>
            !isShown && invoke > story.by && complete < story.firstEnd,
        ),
      )
      .map(({ made }) => `${made.id} is not there although nothing had ended it`),
  );
}

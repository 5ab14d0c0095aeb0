import type { EntryOf } from "../history.ts";
import { looksAt } from "./reads.ts";
import type { Story } from "./stories.ts";
import type { Told } from "./told.ts";

/**
 * I7: close all is one step. What was there before it is over, what was created after it stays. Of a session created
 * meanwhile either, but one of the two, for everybody: and if it stays, what was there before was over by then.
 */
export function closeAllIsOneStep({ users, promises }: Told): readonly string[] {
  return users.flatMap(({ sessions, closeAlls }) =>
    closeAlls
      .filter(({ outcome }) => outcome === "ok")
      .flatMap((closing) => {
        const covered = sessions.filter((story) => isCovered(story, closing));
        const meanwhile = sessions.filter((story) => isMeanwhile(story, closing));
        return [
          ...missed(covered, closing),
          ...notAtOnce(covered, meanwhile, closing, promises.reads === "atomic"),
          ...meanwhile.flatMap((story) => flickers(story, closing)),
        ];
      }),
  );
}

type Closing = EntryOf<"closeAll">;

function isCovered({ by, made, over }: Story, { invoke, except }: Closing): boolean {
  return by < invoke && over > invoke && made.id !== except;
}

function isMeanwhile({ from, by }: Story, { invoke, complete }: Closing): boolean {
  return from < complete && by > invoke;
}

function missed(covered: readonly Story[], { complete }: Closing): readonly string[] {
  return covered
    .filter((story) => looksAt(story).some((look) => look.isShown && look.invoke > complete))
    .map(({ made }) => `${made.id} outlived a close of all`);
}

/** A session that stays was created after the step, so by then the step had happened for all others as well. */
function notAtOnce(
  covered: readonly Story[],
  meanwhile: readonly Story[],
  { complete }: Closing,
  allReads: boolean,
): readonly string[] {
  const staying = meanwhile.filter((story) =>
    looksAt(story).some((look) => look.isShown && look.invoke > complete),
  );
  const happened = Math.min(...staying.map(({ by }) => by));
  const shown = covered.filter((story) =>
    looksAt(story).some(
      (look) => look.isShown && (look.isFresh || allReads) && look.invoke > happened,
    ),
  );
  return shown.map(
    ({ made }) => `${made.id} is shown after a close of all that a newer session outlived`,
  );
}

function flickers(story: Story, closing: Closing): readonly string[] {
  const settled = Math.max(story.by, closing.complete);
  const others = story.closers.filter(
    ({ invoke, by }) => !(by === "closeAll" && invoke === closing.invoke) && by !== "finding",
  );
  const end = Math.min(...others.map(({ invoke }) => invoke));
  const looks = looksAt(story).filter(({ invoke, complete }) => invoke > settled && complete < end);
  const isBoth = looks.some(({ isShown }) => isShown) && looks.some(({ isShown }) => !isShown);
  return isBoth ? [`${story.made.id} is there and not there after a close of all`] : [];
}

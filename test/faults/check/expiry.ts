import { looksAt } from "./reads.ts";
import type { Told } from "./told.ts";

/** I16: no answer shows a session past its end, and no end is later than the lifetime that was asked for. */
export function expiry({ users, promises }: Told): readonly string[] {
  const stories = users.flatMap(({ sessions }) => sessions);
  return stories.flatMap((story) => {
    const { made, create, by } = story;
    const end = made.expiresAt + promises.clockMs;
    const late = looksAt(story).filter(({ isShown, invoke }) => isShown && invoke > end);
    const { lifetimeSeconds } = create;
    const isTooLong =
      lifetimeSeconds !== undefined &&
      made.expiresAt > by + lifetimeSeconds * 1000 + promises.clockMs;
    return [
      ...late.map(
        ({ invoke }) =>
          `${made.id} is shown ${Math.round(invoke - made.expiresAt)} ms after its end`,
      ),
      ...(isTooLong ? [`${made.id} ends later than was asked`] : []),
    ];
  });
}

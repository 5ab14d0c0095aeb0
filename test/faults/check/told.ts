import type { History, Promises } from "../history.ts";
import { type UserStory, storiesOf } from "./stories.ts";

/** A history, arranged once for all checks, and what it is held against. */
export interface Told {
  readonly history: History;
  readonly promises: Promises;
  readonly users: readonly UserStory[];
}

/** One line for each thing that contradicts what is promised. */
export type Check = (told: Told) => readonly string[];

export function tell(history: History, promises: Promises): Told {
  return { history, promises, users: storiesOf(history, promises) };
}

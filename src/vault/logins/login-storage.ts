import type { LogoutIndex } from "../logout/logout-index.ts";
import type { ReplayMemory } from "../logout/replay-memory.ts";
import type { KeptAnswers } from "./kept-answers.ts";

/** What a store keeps about logins beside the sessions themselves. */
export type LoginStorage = LogoutIndex & ReplayMemory & KeptAnswers;

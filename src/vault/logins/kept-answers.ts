import type { IdempotencyEntry } from "../../session/store.ts";

/** The answers of repeatable creates, which SessionStore.insert keeps. Throws SessionError when the store fails. */
export interface KeptAnswers {
  /** The one that is kept for `key`, an IdempotencyEntry's, of a create for `userId`. Undefined: none, or no more. */
  findAnswer(
    userId: string,
    key: Uint8Array,
  ): Promise<Pick<IdempotencyEntry, "fingerprint" | "answer"> | undefined>;
}

import { z } from "zod";
import { optionalSeconds } from "./number.ts";

const DESCRIPTION =
  "Lifetime of the access token in seconds as the auth server gave it (OAuth `expires_in`), counted from the request that brings it.";
const SAME_AS = "The specification's spelling of `expiration_time`, with the same meaning.";

/**
 * The lifetime of the access token. The specification spells it `exiration_time`, so requests may use either name and
 * answers carry both. Nothing outside this file knows of the second one.
 */
export const expirationFields = {
  expiration_time: optionalSeconds(0, { description: DESCRIPTION }),
  exiration_time: optionalSeconds(0, {
    description: `${SAME_AS} Both with different values are refused.`,
    deprecated: true,
  }),
};

/** The members of an answer; both absent when never set. */
export const expirationAnswerFields = {
  expiration_time: z.int().optional().meta({ description: DESCRIPTION }),
  exiration_time: z.int().optional().meta({ description: SAME_AS, deprecated: true }),
};

type Sent = number | "" | null | undefined;

interface SentExpiration {
  readonly expiration_time?: Sent;
  readonly exiration_time?: Sent;
}

/** Refuses a body that says two different things under the two names. */
export function refuseTwoExpirations(body: SentExpiration, context: z.core.$RefinementCtx): void {
  const { expiration_time: right, exiration_time: wrong } = body;
  if (right === undefined || wrong === undefined || emptyAsNull(right) === emptyAsNull(wrong))
    return;
  context.addIssue({
    code: "custom",
    path: ["exiration_time"],
    message: "must be the same as expiration_time when both are sent",
  });
}

/** What a request says about the lifetime: a number, null to have none, undefined when it says nothing. */
export function expirationSent(body: SentExpiration): number | null | undefined {
  const { expiration_time: right, exiration_time: wrong } = body;
  return emptyAsNull(right === undefined ? wrong : right);
}

/** How an answer tells the lifetime. */
export function expirationAnswer(seconds: number | undefined) {
  return { expiration_time: seconds, exiration_time: seconds };
}

function emptyAsNull(sent: Sent): number | null | undefined {
  return sent === "" ? null : sent;
}

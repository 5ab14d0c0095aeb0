import { z } from "zod";
import { optionalText } from "./text.ts";

/** How a create has the service itself redeem the auth server's code (RFC 6749 section 4.1.3). */
export const exchangeFields = {
  exchange: z
    .union([z.boolean(), z.literal(""), z.null()], { error: "must be true or false" })
    .optional()
    .meta({
      description:
        "true: the service redeems `auth_code` at `issuer` once, keeps the tokens and forgets the code.",
    }),
  redirect_uri: optionalText(
    { maxBytes: 4096 },
    {
      description: "With `exchange`: where the code was sent to, as in the authorization request.",
    },
  ),
  code_verifier: optionalText(
    { maxBytes: 128 },
    { description: "With `exchange`: what the code was asked for with (PKCE, RFC 7636)." },
  ),
};

interface SentExchange {
  readonly exchange?: boolean | "" | null | undefined;
  readonly issuer?: string | null | undefined;
  readonly auth_code?: string | null | undefined;
  readonly redirect_uri?: string | null | undefined;
  readonly code_verifier?: string | null | undefined;
}

const NEEDED = ["issuer", "auth_code", "redirect_uri"] as const;
const NEEDING = ["redirect_uri", "code_verifier"] as const;
/** The auth server's answer brings them. */
const BROUGHT = ["access_token", "refresh_token", "expiration_time", "exiration_time"] as const;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** Refuses an exchange that lacks something or brings what it is to fetch, and parts of one without it. */
export function refuseBadExchange(
  body: SentExchange & { readonly [K in (typeof BROUGHT)[number]]?: unknown },
  context: z.core.$RefinementCtx,
): void {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (body.exchange !== true) {
    for (const field of NEEDING) if (body[field]) refuse(field, "is only for exchange: true");
    return;
  }
  for (const field of NEEDED) if (!body[field]) refuse(field, "is required with exchange: true");
  for (const field of BROUGHT)
    if (isSet(body[field])) refuse(field, "comes from the auth server with exchange: true");
  if (body.code_verifier && !VERIFIER.test(body.code_verifier))
    refuse("code_verifier", "must be 43 to 128 letters, digits, - . _ ~");
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

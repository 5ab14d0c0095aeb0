import { z } from "zod";

/** Every way the API says no. What a client may decide on; the other members are for people. */
export const PROBLEM_CODES = [
  "invalid_request",
  "invalid_field",
  "unauthenticated",
  "insufficient_scope",
  "cross_site",
  "not_found",
  "method_not_allowed",
  "immutable_attribute",
  "version_mismatch",
  "body_too_large",
  "unsupported_media_type",
  "idempotency_mismatch",
  "idempotency_in_flight",
  "rate_limited",
  "needs_login",
  "auth_server_unavailable",
  "store_unavailable",
  "store_full",
  "internal",
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

const FieldError = z
  .object({
    in: z.enum(["body", "query", "header"]),
    field: z.string().meta({
      description:
        "Name of the member, parameter or header field. Empty when it is the whole, or when the name sent is not a plain one.",
    }),
    reason: z.string().meta({ description: "What is wrong. Never holds what was sent." }),
  })
  .meta({ id: "FieldError" });

/** One thing wrong with a request. */
export type FieldError = z.infer<typeof FieldError>;

/** Every error of the API (RFC 9457), as `application/problem+json`. */
export const Problem = z
  .object({
    type: z.literal("about:blank"),
    title: z.string().meta({ description: "The name of the HTTP status." }),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: "What went wrong, for programs." }),
    detail: z.string().meta({ description: "What went wrong, for people." }),
    errors: z.array(FieldError).meta({ description: "What is wrong where. May be empty." }),
    outcome: z.enum(["none", "unknown"]).optional().meta({
      description:
        "With every 503: `none` = certainly nothing was changed, `unknown` = the change may have happened.",
    }),
    request_id: z.string().meta({ description: "The same as in the header field X-Request-Id." }),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)." });

export type Problem = z.infer<typeof Problem>;

import { z } from "zod";

/** Header fields as the OpenAPI document describes them. What reads them is if-match.ts and idempotency-key.ts. */
const ETag = z.string().meta({
  description: "The version of the session, for If-Match.",
  example: '"3-kq0X7ZbW"',
});

export const VersionHeader = z.object({ ETag });

export const CreatedHeaders = z.object({
  ETag,
  Location: z.string().meta({ description: "The path of the session." }),
});

export const IfMatchHeader = z.object({
  "If-Match": z.string().optional().meta({
    description:
      "Update only if the version is one of these: a list of entity tags, or `*`. Compared strongly: a weak tag never matches.",
    example: '"3-kq0X7ZbW"',
  }),
});

export const IdempotencyKeyHeader = z.object({
  "Idempotency-Key": z.string().optional().meta({
    description:
      "1 to 255 visible ASCII characters, in double quotes or without: the quotes are not part of the key. For 10 minutes the same key, caller, user and body get the same answer, and nothing is created again.",
    example: "3f2c8a7e-login",
  }),
});

const Encoded = "UTF-8 with bytes outside 0x21-0x7E and `%` percent-encoded; empty when unknown.";

export const IdentityHeaders = z.object({
  "X-Session-User": z.string().meta({ description: `The user_id. ${Encoded}` }),
  "X-Session-Id": z.string().meta({ description: "The session id." }),
  "X-Session-Device": z.string().meta({ description: `The device_id. ${Encoded}` }),
  "X-Session-Email": z.string().meta({ description: `The user_email. ${Encoded}` }),
  "X-Session-Access-Token": z.string().optional().meta({
    description:
      "Only with SESSION_CHECK_FORWARD_TOKEN=1: the access token, empty when there is no valid one.",
  }),
});

export const RotatedHeaders = z.object({
  ETag,
  "Set-Cookie": z.string().optional().meta({
    description: "When it was asked for by cookie: the new token.",
  }),
});

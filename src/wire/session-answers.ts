import { z } from "zod";
import { expirationAnswerFields } from "./expiration-time.ts";

const Instant = z.iso.datetime();
const SessionIdText = z.string().meta({
  description: "The public handle of the session, a UUID. It opens nothing by itself.",
  example: "6b0f5c1e-92d4-8a3c-b1d2-0c9e4f7a6d58",
});
const Token = z.string().optional();
const OnlyWithTokens = "Shown only to callers with the scope `tokens`.";

const NeedsLogin = z.literal(true).optional().meta({
  description:
    "The tokens cannot be refreshed any more: the user has to log in at the auth server again. Absent otherwise.",
});

const times = {
  created_at: Instant,
  last_used_at: Instant.meta({
    description: "The last recorded use. Uses are recorded at most once a minute.",
  }),
  expires_at: Instant.meta({ description: "The absolute end. Nothing extends it." }),
};

/** The answer of GET and PATCH /session/{id}. Attributes that are not set are absent. */
export const SessionAnswer = z
  .object({
    session_id: SessionIdText,
    user_id: z.string(),
    device_id: z.string(),
    auth_code: Token.meta({ description: OnlyWithTokens }),
    access_token: Token.meta({ description: OnlyWithTokens }),
    refresh_token: Token.meta({ description: OnlyWithTokens }),
    user_email: z.string().optional(),
    ...expirationAnswerFields,
    access_token_expires_at: Instant.optional().meta({
      description: "When the access token ends: expiration_time after the request that brought it.",
    }),
    user_agent: z.string().optional(),
    ip_address: z.string().optional(),
    issuer: z.string().optional().meta({
      description: "The auth server the tokens came from, by its name in SESSION_ISSUERS.",
    }),
    sid: z.string().optional(),
    sub: z.string().optional(),
    needs_login: NeedsLogin,
    created_at: times.created_at,
    updated_at: Instant,
    last_used_at: times.last_used_at,
    expires_at: times.expires_at,
    idle_seconds: z.int().meta({
      description: "How long it may rest between two uses; 0 = for ever.",
    }),
  })
  .meta({ id: "Session" });

export type SessionAnswer = z.infer<typeof SessionAnswer>;

/** The answer of GET /session. */
export const ListAnswer = z
  .object({
    user_id: z.string(),
    sessions: z
      .array(
        z
          .object({
            device_id: z.string(),
            session_id: SessionIdText,
            ...times,
            needs_login: NeedsLogin,
            current: z.literal(true).optional().meta({
              description:
                "The session the user called with. Absent for the others, and for services.",
            }),
          })
          .meta({ id: "SessionSummary" }),
      )
      .meta({ description: "The live sessions, newest use first." }),
  })
  .meta({ id: "SessionList" });

export type ListAnswer = z.infer<typeof ListAnswer>;

/** The answer of POST /session. */
export const CreateAnswer = z
  .object({
    session_id: SessionIdText,
    session_token: z.string().meta({
      description: "The secret for the user's browser or app. It is told only here.",
    }),
    user_id: z.string(),
    device_id: z.string(),
    expires_at: times.expires_at,
  })
  .meta({ id: "CreatedSession" });

export type CreateAnswer = z.infer<typeof CreateAnswer>;

/** The answer of POST /session/{id}/token. */
export const RotateAnswer = z
  .object({
    session_id: SessionIdText,
    session_token: z.string().optional().meta({
      description:
        "The new secret. Absent when it was asked for by cookie: then it comes by Set-Cookie alone.",
    }),
    expires_at: times.expires_at,
  })
  .meta({ id: "RotatedToken" });

export type RotateAnswer = z.infer<typeof RotateAnswer>;

/** The answer of POST /session/{id}/access-token. */
export const AccessTokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.string().meta({ description: "As the auth server spelt it.", example: "Bearer" }),
    expires_at: Instant.optional().meta({
      description: "Absent when the auth server did not say.",
    }),
  })
  .meta({ id: "AccessToken" });

export type AccessTokenAnswer = z.infer<typeof AccessTokenAnswer>;

/** The answer of DELETE /session/{id}. */
export const CloseAnswer = z.object({ session_id: SessionIdText }).meta({ id: "Closed" });

/** The answer of DELETE /session. */
export const CloseAllAnswer = z
  .object({
    user_id: z.string(),
    closed: z.int().meta({ description: "How many live sessions were closed." }),
  })
  .meta({ id: "ClosedAll" });

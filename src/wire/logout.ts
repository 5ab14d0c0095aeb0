import { z } from "zod";

/** What an auth server sends (OpenID Connect Back-Channel Logout 1.0 section 2.5); other fields are ignored. */
export const LogoutForm = z
  .object({ logout_token: z.string({ error: "is required" }) })
  .meta({ id: "BackChannelLogout" });

/** Why nothing, or not all, was done (section 2.8). */
export const LogoutRefusal = z
  .object({
    error: z.enum(["invalid_request", "temporarily_unavailable"]),
    error_description: z.string(),
  })
  .meta({ id: "LogoutRefusal" });

export type LogoutRefusal = z.infer<typeof LogoutRefusal>;

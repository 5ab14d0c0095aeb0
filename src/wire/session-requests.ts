import { isIP } from "node:net";
import { z } from "zod";
import { exchangeFields, refuseBadExchange } from "./code-exchange.ts";
import { expirationFields, refuseTwoExpirations } from "./expiration-time.ts";
import { optionalSeconds } from "./number.ts";
import { idText, optionalText } from "./text.ts";

const TOKEN_LIMIT = { maxBytes: 16 * 1024 };

const UserId = idText({
  description:
    "Who is logged in: 1 to 256 characters, without control characters and U+FFFD. Compared byte for byte.",
  example: "user007",
});

const DeviceId = idText({
  description:
    "The device of the login: 1 to 256 characters, without control characters and U+FFFD. Compared byte for byte.",
  example: "laptop",
});

/** The attributes that an update may change too. */
const changeableFields = {
  auth_code: optionalText(TOKEN_LIMIT, {
    description: "The auth server's authorization code. At most 16 KiB of UTF-8.",
  }),
  access_token: optionalText(TOKEN_LIMIT, {
    description: "The auth server's access token. At most 16 KiB of UTF-8.",
  }),
  refresh_token: optionalText(TOKEN_LIMIT, {
    description: "The auth server's refresh token. At most 16 KiB of UTF-8.",
  }),
  user_email: optionalText(
    { maxCharacters: 320 },
    { description: "At most 320 characters. Not checked to be an address." },
  ),
  ...expirationFields,
};

const IpAddress = z
  .string({ error: "must be a string" })
  .refine((value) => value === "" || isIP(value) !== 0, {
    error: "must be an IPv4 or IPv6 address",
  })
  .nullable()
  .optional()
  .meta({
    description: "The address of the browser, as the backend saw it: IPv4 or IPv6.",
    example: "192.0.2.7",
  });

const ReplaceDevice = z
  .union([z.boolean(), z.literal(""), z.null()], { error: "must be true or false" })
  .optional()
  .meta({
    description: "true: close the user's other sessions on this device_id in the same step.",
  });

/** The body of POST /session. */
export const CreateBody = z
  .strictObject(
    {
      user_id: UserId,
      device_id: DeviceId.optional().meta({
        description: "Left out: the service makes one up and tells it in the answer.",
      }),
      ...changeableFields,
      lifetime_seconds: optionalSeconds(1, {
        description: "How long the session may live. At most the service's setting, its default.",
      }),
      idle_seconds: optionalSeconds(0, {
        description:
          "How long the session may rest between two uses, 0 = for ever. At most the service's setting, its default.",
      }),
      user_agent: optionalText(
        { maxCharacters: 1024 },
        { description: "The User-Agent of the browser, as the backend saw it." },
      ),
      ip_address: IpAddress,
      replace_device: ReplaceDevice,
      issuer: optionalText(
        { maxCharacters: 64 },
        {
          description:
            "The auth server the tokens came from, by its name in SESSION_ISSUERS: then the service refreshes them, and revokes the refresh token when the session is closed.",
        },
      ),
      sid: optionalText(
        { maxCharacters: 256 },
        { description: "The auth server's `sid` of this login, for its logouts. With `issuer`." },
      ),
      sub: optionalText(
        { maxCharacters: 256 },
        { description: "The auth server's `sub` of the user, for its logouts. With `issuer`." },
      ),
      ...exchangeFields,
    },
    { error: "must be a JSON object" },
  )
  .superRefine(refuseTwoExpirations)
  .superRefine(refuseBadExchange)
  .meta({
    id: "CreateSession",
    description: "null or an empty string for anything but the ids means: not set.",
  });

export type CreateBody = z.infer<typeof CreateBody>;

/** The body of PATCH /session/{id}, a JSON merge patch (RFC 7396). */
export const UpdateBody = z
  .strictObject(
    {
      user_id: UserId.optional().meta({
        description: "Cannot be changed: accepted only if it is the session's.",
      }),
      device_id: DeviceId.optional().meta({
        description: "Cannot be changed: accepted only if it is the session's.",
      }),
      ...changeableFields,
    },
    { error: "must be a JSON object" },
  )
  .superRefine(refuseTwoExpirations)
  .meta({
    id: "UpdateSession",
    description: "What is left out stays. null or an empty string removes the attribute.",
  });

export type UpdateBody = z.infer<typeof UpdateBody>;

const AskedUser = UserId.optional().meta({
  description: "Whose sessions. Services must say it; users may only name themselves.",
});

/** The parameters of GET /session. */
export const ListQuery = z.strictObject({ user_id: AskedUser });

/** The parameters of GET /session/{id}. */
export const GetQuery = z.strictObject({
  touch: z
    .enum(["true", "false"], { error: "must be true or false" })
    .optional()
    .meta({ description: "false: look at the session without using it." }),
});

/** The parameters of DELETE /session. */
export const CloseAllQuery = z.strictObject({
  user_id: AskedUser,
  except: z.string().optional().meta({
    description:
      "The id of a session that is kept open; for users also `current`, the one they call with.",
  }),
});

/** Of what has no parameters. */
export const NoQuery = z.strictObject({});

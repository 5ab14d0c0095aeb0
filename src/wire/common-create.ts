import { isSeconds } from "./number.ts";
import type { CreateBody } from "./session-requests.ts";
import { type TextLimit, isIdText, isTextWithin } from "./text.ts";

/**
 * Whether it is a create as most are sent, with nothing unusual in any field: then the schema would take it as it is,
 * and take ten times as long. False says nothing.
 */
export function isCommonCreate(value: unknown): value is CreateBody {
  if (typeof value !== "object" || value === null || !("user_id" in value)) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) if (FIELDS.get(name)?.(fields[name]) !== true) return false;
  return true;
}

const isToken = isText({ maxBytes: 16 * 1024 });

const FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["user_id", isIdText],
  ["device_id", isIdText],
  ["auth_code", isToken],
  ["access_token", isToken],
  ["refresh_token", isToken],
  ["user_email", isText({ maxCharacters: 320 })],
  ["expiration_time", (value) => isSeconds(value, 0)],
  ["lifetime_seconds", (value) => isSeconds(value, 1)],
  ["idle_seconds", (value) => isSeconds(value, 0)],
  ["user_agent", isText({ maxCharacters: 1024 })],
]);

function isText(limit: TextLimit): (value: unknown) => boolean {
  return (value) => isTextWithin(value, limit);
}

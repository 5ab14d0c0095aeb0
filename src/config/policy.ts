import type { Policy } from "../session/policy.ts";
import type { SettingReader } from "./setting-reader.ts";

export function readPolicy(reader: SettingReader): Policy {
  const notBefore = readNotBefore(reader);
  return {
    lifetimeSeconds: reader.wholeNumber("SESSION_EXP_SEC"),
    idleSeconds: reader.wholeNumber("SESSION_IDLE_SEC"),
    maxPerUser: reader.wholeNumber("SESSION_MAX_PER_USER"),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** RFC 3339 section 5.6. Without an offset nobody could say which instant is meant. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

function readNotBefore(reader: SettingReader): number | undefined {
  const text = reader.text("SESSION_NOT_BEFORE");
  if (text === undefined) return undefined;
  const [, local] = TIME.exec(text) ?? [];
  const instant = Date.parse(text.toUpperCase());
  if (local !== undefined && isDate(local) && !Number.isNaN(instant)) return instant;
  reader.refuse("SESSION_NOT_BEFORE", "is not a time", "RFC 3339, such as 2026-11-22T15:00:00Z");
  return undefined;
}

/** Parsing is lenient: it takes February 30 for March 2. */
function isDate(local: string): boolean {
  const parsed = new Date(`${local.toUpperCase()}Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(local.toUpperCase());
}

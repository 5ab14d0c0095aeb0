import { z } from "zod";

/** How long a text may be: in characters (Unicode code points, as JSON Schema counts) or in bytes of UTF-8. */
export type TextLimit = { readonly maxCharacters: number } | { readonly maxBytes: number };

interface TextMeta {
  readonly description: string;
  readonly example?: string;
}

/**
 * An opaque id the caller chooses: 1 to 256 characters, compared as it is, byte for byte. U+FFFD is refused: it is what
 * a decoder leaves of broken UTF-8, and two users whose ids were broken on the way must not become one.
 */
export function idText(meta: TextMeta) {
  return z
    .string({ error: (issue) => (issue.input === undefined ? "is required" : "must be a string") })
    .superRefine((value, context) => {
      const fault = faultOfId(value);
      if (fault) context.addIssue({ code: "custom", message: fault });
    })
    .meta({ ...meta, minLength: 1, maxLength: 256 });
}

/** A text the caller may leave out. null and "" mean the same: not set in a create, removed by an update. */
export function optionalText(limit: TextLimit, meta: TextMeta) {
  const lengths = "maxCharacters" in limit ? { maxLength: limit.maxCharacters } : {};
  return z
    .string({ error: "must be a string" })
    .superRefine((value, context) => {
      const fault = faultOfText(value, limit);
      if (fault) context.addIssue({ code: "custom", message: fault });
    })
    .nullable()
    .optional()
    .meta({ ...meta, ...lengths });
}

/** What `idText` takes. */
export function isIdText(value: unknown): boolean {
  return typeof value === "string" && faultOfId(value) === undefined;
}

/** What `optionalText` takes, null aside. */
export function isTextWithin(value: unknown, limit: TextLimit): boolean {
  return typeof value === "string" && faultOfText(value, limit) === undefined;
}

function faultOfId(value: string): string | undefined {
  if (value === "") return "must not be empty";
  if (value.includes("\uFFFD")) return "must not contain U+FFFD, which stands for broken text";
  return faultOfText(value, { maxCharacters: 256 });
}

function faultOfText(value: string, limit: TextLimit): string | undefined {
  if (!value.isWellFormed()) return "must be valid Unicode, without lone surrogates";
  if (/\p{Cc}/u.test(value)) return "must not contain control characters";
  if ("maxBytes" in limit)
    return isLongerThanBytes(value, limit.maxBytes)
      ? `must not be longer than ${limit.maxBytes} bytes of UTF-8`
      : undefined;
  return isLongerThanCharacters(value, limit.maxCharacters)
    ? `must not be longer than ${limit.maxCharacters} characters`
    : undefined;
}

function isLongerThanCharacters(value: string, limit: number): boolean {
  if (value.length <= limit) return false;
  return value.length > 2 * limit || Array.from(value).length > limit;
}

function isLongerThanBytes(value: string, limit: number): boolean {
  if (value.length * 3 <= limit) return false;
  return value.length > limit || new TextEncoder().encode(value).length > limit;
}

import { tellableName } from "./field-errors.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { type Refusal, invalidFields } from "./problem.ts";

type Place = "query" | "body";

/**
 * Splits application/x-www-form-urlencoded into names and values, but refuses what comes twice, and broken
 * percent-encoding and UTF-8 instead of mending it.
 */
export function splitUrlEncoded(place: Place, text: string): Parsed<object> {
  const fields = Object.create(null) as Record<string, string>;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [name, value] = splitPair(pair).map(decode);
    if (name === undefined || value === undefined) return reject(notDecodable(place));
    if (name in fields) return reject(repeated(place, name));
    fields[name] = value;
  }
  return accept(fields);
}

function splitPair(pair: string): readonly string[] {
  const equals = pair.indexOf("=");
  return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function notDecodable(place: Place): Refusal {
  const reason = "must be percent-encoded UTF-8";
  return {
    code: "invalid_request",
    detail: `The ${place} ${reason}.`,
    errors: [{ in: place, field: "", reason }],
  };
}

function repeated(place: Place, name: string): Refusal {
  return invalidFields([{ in: place, field: tellableName(name), reason: "comes twice" }]);
}

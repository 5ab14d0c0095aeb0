import type { z } from "zod";
import { fieldErrorsOf, tellableName } from "./field-errors.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { type Refusal, invalidFields } from "./problem.ts";

/** Reads the query of a request by `schema`. Parameters that come twice, or that nobody knows, are refused. */
export function readQuery<T>(request: Request, schema: z.ZodType<T>): Parsed<T> {
  const { url } = request;
  const start = url.indexOf("?");
  const parameters = splitQuery(start === -1 ? "" : url.slice(start + 1));
  if (!parameters.ok) return parameters;
  const parsed = schema.safeParse(parameters.value);
  if (parsed.success) return accept(parsed.data);
  return reject(invalidFields(fieldErrorsOf("query", parsed.error.issues)));
}

/** Splits as application/x-www-form-urlencoded, but refuses broken percent-encoding and UTF-8 instead of mending it. */
function splitQuery(query: string): Parsed<object> {
  const parameters = Object.create(null) as Record<string, string>;
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const [name, value] = splitPair(pair).map(decode);
    if (name === undefined || value === undefined) return reject(notDecodable());
    if (name in parameters) return reject(repeated(name));
    parameters[name] = value;
  }
  return accept(parameters);
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

function notDecodable(): Refusal {
  const reason = "must be percent-encoded UTF-8";
  return {
    code: "invalid_request",
    detail: `The query ${reason}.`,
    errors: [{ in: "query", field: "", reason }],
  };
}

function repeated(name: string): Refusal {
  return invalidFields([{ in: "query", field: tellableName(name), reason: "comes twice" }]);
}

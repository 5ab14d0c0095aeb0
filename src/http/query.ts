import type { z } from "zod";
import { fieldErrorsOf } from "./field-errors.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { invalidFields } from "./problem.ts";
import { splitUrlEncoded } from "./url-encoded.ts";

/** Reads the query of a request by `schema`. Parameters that come twice, or that nobody knows, are refused. */
export function readQuery<T>(request: Request, schema: z.ZodType<T>): Parsed<T> {
  const { url } = request;
  const start = url.indexOf("?");
  const parameters = splitUrlEncoded("query", start === -1 ? "" : url.slice(start + 1));
  if (!parameters.ok) return parameters;
  const parsed = schema.safeParse(parameters.value);
  if (parsed.success) return accept(parsed.data);
  return reject(invalidFields(fieldErrorsOf("query", parsed.error.issues)));
}

import type { z } from "zod";
import { type BodyLimit, readText } from "./body.ts";
import { fieldErrorsOf } from "./field-errors.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { invalidFields } from "./problem.ts";
import { splitUrlEncoded } from "./url-encoded.ts";

export const FORM_TYPE = "application/x-www-form-urlencoded";

export interface FormRule<T> extends BodyLimit {
  readonly schema: z.ZodType<T>;
}

/** Reads what a form of a page sends (HTML, "URL-encoded form data"), as strictly as a JSON body. No body: no fields. */
export async function readForm<T>(request: Request, rule: FormRule<T>): Promise<Parsed<T>> {
  const text = await readText(request, { maxBytes: rule.maxBytes, mediaTypes: [FORM_TYPE] });
  if (!text.ok) return text;
  const fields = splitUrlEncoded("body", text.value);
  if (!fields.ok) return fields;
  const parsed = rule.schema.safeParse(fields.value);
  if (parsed.success) return accept(parsed.data);
  return reject(invalidFields(fieldErrorsOf("body", parsed.error.issues)));
}

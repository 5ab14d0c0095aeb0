import type { z } from "zod";
import { fieldErrorsOf } from "./field-errors.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { type Refusal, invalidFields } from "./problem.ts";
import { parseStrictJson } from "./strict-json.ts";

export const JSON_TYPE = "application/json";
/** RFC 7396. */
export const MERGE_PATCH_TYPE = "application/merge-patch+json";

export interface BodyLimit {
  readonly maxBytes: number;
}

export interface TextRule extends BodyLimit {
  /** In lower case, without parameters. */
  readonly mediaTypes: readonly string[];
}

/** What a route takes as its body. */
export interface BodyRule<T> extends TextRule {
  readonly schema: z.ZodType<T>;
  /** True only for what the schema takes as it is: to find that out by hand is faster, and is tried first. */
  readonly isCommon?: (value: unknown) => value is T;
}

// A byte order mark stays in the text, where JSON does not allow it.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a JSON body, never more of it than the rule allows. Every way to be wrong has its refusal. */
export function readBody<T>(request: Request, rule: BodyRule<T>): Promise<Parsed<T>> {
  return read(request, rule, (text) => parseJson(text, rule));
}

/** Reads a body of one of the media types as UTF-8, never more of it than the rule allows. No body is "". */
export function readText(request: Request, rule: TextRule): Promise<Parsed<string>> {
  return read(request, rule, accept);
}

function parseJson<T>(text: string, rule: BodyRule<T>): Parsed<T> {
  if (text === "") return reject(unreadable("is missing"));
  const json = parseStrictJson(text);
  if ("fault" in json) return reject(unreadable(json.fault));
  if (rule.isCommon?.(json.value)) return accept(json.value);
  const parsed = rule.schema.safeParse(json.value);
  if (parsed.success) return accept(parsed.data);
  return reject(invalidFields(fieldErrorsOf("body", parsed.error.issues)));
}

/** One wait for the bytes, and one step for all that is made of them. */
function read<T>(
  request: Request,
  rule: TextRule,
  parse: (text: string) => Parsed<T>,
): Promise<Parsed<T>> {
  const { headers } = request;
  const contentType = headers.get("content-type");
  const refusal = refuseType(headers, contentType, rule);
  if (refusal) return Promise.resolve(reject(refusal));
  return bytesOf(request, rule.maxBytes).then(
    (bytes) => {
      if (bytes === undefined) return reject(tooLarge(rule.maxBytes));
      if (bytes.length === 0) return parse("");
      if (contentType === null) return reject(unsupportedType(rule));
      const text = decode(bytes);
      return text === undefined ? reject(unreadable("is not valid UTF-8")) : parse(text);
    },
    () => reject(unreadable("did not arrive whole")),
  );
}

function refuseType(
  headers: Headers,
  contentType: string | null,
  rule: TextRule,
): Refusal | undefined {
  if (headers.has("content-encoding")) return unsupportedCoding();
  if (contentType === null || rule.mediaTypes.includes(contentType)) return undefined;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const isTaken = rule.mediaTypes.includes(type.trim()) && parameters.every(isHarmless);
  return isTaken ? undefined : unsupportedType(rule);
}

/** JSON is UTF-8 (RFC 8259 section 8.1); another charset would be read wrongly. */
function isHarmless(parameter: string): boolean {
  const [name = "", value = ""] = parameter.split("=");
  return name.trim() !== "charset" || /^"?utf-8"?$/.test(value.trim());
}

/** Undefined: there are more. Rejects when they do not arrive whole. */
function bytesOf(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const declared = request.headers.get("content-length");
  if (declared === null) return readStream(request, maxBytes);
  return Number(declared) > maxBytes ? Promise.resolve(undefined) : request.bytes();
}

async function readStream(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(reason: string): Refusal {
  return {
    code: "invalid_request",
    detail: `The body ${reason}.`,
    errors: [{ in: "body", field: "", reason }],
  };
}

function tooLarge(maxBytes: number): Refusal {
  const reason = `must not be longer than ${maxBytes} bytes`;
  return {
    code: "body_too_large",
    detail: `The body ${reason}.`,
    errors: [{ in: "body", field: "", reason }],
  };
}

function unsupportedType(rule: TextRule): Refusal {
  const types = rule.mediaTypes.join(", ");
  return {
    code: "unsupported_media_type",
    detail: `The body must be ${types}.`,
    errors: [{ in: "header", field: "Content-Type", reason: `must be one of: ${types}` }],
    headers: { accept: types },
  };
}

function unsupportedCoding(): Refusal {
  return {
    code: "unsupported_media_type",
    detail: "The body must be sent without a content coding.",
    errors: [{ in: "header", field: "Content-Encoding", reason: "must be left out" }],
    headers: { "accept-encoding": "identity" },
  };
}

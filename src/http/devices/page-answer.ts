import { brotliCompressSync, constants } from "node:zlib";
import { PAGE_HEADERS } from "../../page/headers.ts";
import type { Call } from "../call.ts";
import { json } from "../reply.ts";

type HeaderFields = Readonly<Record<string, string>>;

/** Whether the page's script asks, and not a browser that will show the answer to its user. */
export function wantsJson({ headers }: Request): boolean {
  const accept = headers.get("accept")?.toLowerCase() ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/**
 * Answers an HTML document. It is compressed where the browser takes that: it holds no secret that its length could
 * tell of (BREACH).
 */
export function html(
  call: Call,
  status: number,
  document: string,
  more: HeadersInit = {},
): Response {
  const headers = new Headers(more);
  for (const [name, value] of Object.entries(PAGE_HEADERS)) headers.set(name, value);
  headers.set("x-request-id", call.requestId);
  if (!takesBrotli(call.request.headers)) return new Response(document, { status, headers });
  headers.set("content-encoding", "br");
  return new Response(compress(document), { status, headers });
}

/** Answers the page's script. */
export function scriptAnswer(call: Call, body: object, headers: HeaderFields = {}): Response {
  return json(call, 200, body, { ...headers, vary: "Accept, Cookie, Authorization" });
}

/** Sends the browser on to a page of ours, which a reload then shows again without doing anything again. */
export function seeOther(call: Call, location: string, headers: HeaderFields = {}): Response {
  return new Response(null, {
    status: 303,
    headers: {
      ...headers,
      location,
      "cache-control": "no-store",
      vary: "Accept, Cookie, Authorization",
      "x-request-id": call.requestId,
    },
  });
}

/** RFC 9110 section 12.5.3. A coding with the weight 0 is one that must not be used. */
export function takesBrotli(headers: Headers): boolean {
  const codings = headers.get("accept-encoding")?.toLowerCase().split(",") ?? [];
  return codings.some((coding) => /^\s*br\s*(?:;\s*q=(?:1|0\.\d*[1-9])\S*\s*)?$/.test(coding));
}

/** Not the default of 11, which takes many times as long for a few bytes. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

function compress(document: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(brotliCompressSync(document, QUALITY));
}

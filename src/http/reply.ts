import type { Call } from "./call.ts";

/** Answers JSON that nobody may keep. */
export function json(
  call: Call,
  status: number,
  body: object,
  headers?: Readonly<Record<string, string>>,
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": call.requestId,
      ...headers,
    },
  });
}

/** Answers a text of any media type that nobody may keep. */
export function text(
  call: Call,
  contentType: string,
  body: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return new Response(body, {
    headers: {
      "content-type": contentType,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": call.requestId,
      ...headers,
    },
  });
}

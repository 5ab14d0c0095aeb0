import { isSafeAddress } from "./issuer-settings.ts";

/** As the global `fetch`, for requests with an address as text. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface FetchBounds {
  /** Of the whole exchange, from the first byte sent to the last one read. */
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
}

/** The answer's body is longer than allowed. */
class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/** A request would have gone over plain HTTP to another machine. Nothing was sent. */
class UnsafeAddress extends Error {
  override readonly name = "UnsafeAddress";
}

/**
 * `send`, for talking to an auth server: ends in time whatever the other side does, reads no endless answer, follows
 * no redirect (the answer with it is returned), and refuses plain HTTP to anywhere but this machine. Each exchange has
 * a connection of its own: on a kept one that the other side is just closing, a request that must not be sent twice
 * would be lost without anyone knowing whether it arrived.
 */
export function boundedFetch(send: Fetch, { timeoutMs, maxBytes }: FetchBounds): Fetch {
  return async (url, init = {}) => {
    if (!isSafeAddress(url)) throw new UnsafeAddress("the auth server's address is not HTTPS");
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await send(url, { ...init, redirect: "manual", keepalive: false, signal });
    const { status, headers } = response;
    const body = await readAtMost(response, maxBytes);
    return new Response(isBodyless(status) ? null : body, { status, headers });
  };
}

async function readAtMost({ body }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new AnswerTooLong(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

/** A Response with such a status cannot be made with a body. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

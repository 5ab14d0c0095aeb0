import * as fc from "fast-check";

/** What a damaged request may begin as. */
const WHOLE = [
  "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "GET /a01/check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer x\r\n\r\n",
  'POST /a01/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"user_id":"a"}',
  'POST /a01/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"user_id":"a"}\r\n0\r\n\r\n',
  "DELETE /a01/session?user_id=a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
];

const INSERTED = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  "Content-Length: 5\r\n",
  "Content-Length: -1\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Host: b\r\n",
  "X:\r\n y\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: websocket\r\nConnection: upgrade\r\n",
  "Upgrade: h2c\r\n",
  "fffffffffffffffff\r\n",
  `X: ${"y".repeat(20_000)}\r\n`,
  "HTTP/9.9",
  "\u00ff\u00fe",
];

/** Bytes for the socket: nothing like a request, or one with a few places damaged. */
export function anyBytes(): fc.Arbitrary<Buffer> {
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat({ max: 20 }),
    insert: fc.constantFrom(...INSERTED, "", "", ""),
  });
  const damaged = fc
    .tuple(fc.constantFrom(...WHOLE), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([whole, changes]) => Buffer.from(changes.reduce(damage, whole), "latin1"));
  return fc.oneof({ weight: 1, arbitrary: noise }, { weight: 6, arbitrary: damaged });
}

function damage(
  text: string,
  { at, drop, insert }: { readonly at: number; readonly drop: number; readonly insert: string },
): string {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + insert + text.slice(from + drop);
}

import { connect } from "node:net";

/** A request whose every byte before the body is the test's own choice. */
export interface RawRequest {
  readonly method?: string;
  /** What stands in the request line; nothing is normalized. */
  readonly target: string;
  /** In this order and spelling. Host is sent unless it is here. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const DEADLINE_MS = 20_000;

/** Sends one request to 127.0.0.1 on a connection of its own, and reads its answer whole. */
export async function exchange(port: number, request: RawRequest): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let raw = "";
  const socket = connect({ host: "127.0.0.1", port });
  socket.setTimeout(DEADLINE_MS, () => reject(new Error(`no answer to ${request.target}`)));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`no whole answer to ${request.target}: ${raw}`)));
  socket.on("data", (chunk: Buffer) => {
    raw += chunk.toString("latin1");
    const answer = wholeAnswer(raw, request.method);
    if (answer !== undefined) resolve(answer);
  });
  // Not ended: nginx takes a half-closed connection for a client that has gone.
  socket.write(Buffer.from(head(port, request), "latin1"));
  if (request.body !== undefined) socket.write(request.body);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

function head(port: number, { method = "GET", target, headers = [], body }: RawRequest): string {
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: 127.0.0.1:${port}`]),
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Undefined as long as something is missing. Knows bodies with Content-Length, in chunks, and none. */
function wholeAnswer(raw: string, method: string | undefined): RawAnswer | undefined {
  const end = raw.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [statusLine = "", ...fields] = raw.slice(0, end).split("\r\n");
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    }),
  );
  const text = raw.slice(end + 4);
  const isWhole =
    method === "HEAD" ||
    (headers.has("transfer-encoding")
      ? text.endsWith("0\r\n\r\n")
      : text.length >= Number(headers.get("content-length") ?? 0));
  return isWhole ? { status: Number(statusLine.split(" ")[1]), headers, text } : undefined;
}

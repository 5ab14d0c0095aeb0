/** A request as it came over the wire. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as form fields. */
  readonly form: URLSearchParams;
}

/** The first request in `bytes`, whole, and what comes after it. None yet: `rest` is all. */
export function takeRequest(bytes: Buffer): { request?: HttpRequest; rest: Buffer } {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return { rest: bytes };
  const [first = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = Object.fromEntries(lines.map(fieldOf));
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(headers["content-length"] ?? 0);
  if (bytes.length < bodyEnd) return { rest: bytes };
  const body = bytes.subarray(bodyStart, bodyEnd).toString();
  return {
    request: { method, path, headers, body, form: new URLSearchParams(body) },
    rest: bytes.subarray(bodyEnd),
  };
}

function fieldOf(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

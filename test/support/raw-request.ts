import { connect } from "node:net";
import type { Answer } from "./answer.ts";

export interface RawReply {
  /** Everything that came back, as Latin-1. */
  readonly raw: string;
  /** The same as an answer, if it is one. */
  readonly answer: Answer;
}

/**
 * Sends bytes to 127.0.0.1 that no HTTP client would: `lines` joined by CRLF, the last of them the body. Nothing more
 * is sent, so a server that waits for more sees the end.
 */
export async function rawRequest(
  port: number,
  lines: readonly (string | Uint8Array)[],
): Promise<RawReply> {
  const chunks: Buffer[] = [];
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const closed = new Promise<void>((resolve, reject) => {
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => socket.destroy());
  socket.end(
    Buffer.concat(lines.flatMap((line, at) => [at === 0 ? "" : "\r\n", line]).map(bytesOf)),
  );
  await closed;
  return parse(Buffer.concat(chunks).toString("latin1"));
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === "string" ? Buffer.from(part, "latin1") : part;
}

function parse(raw: string): RawReply {
  const [head = "", text = ""] = raw.split("\r\n\r\n", 2);
  const [statusLine = "", ...fields] = head.split("\r\n");
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    }),
  );
  const status = Number(statusLine.split(" ")[1]);
  const json: unknown = text.startsWith("{") ? JSON.parse(text) : undefined;
  return { raw, answer: { status, headers, text, json } };
}

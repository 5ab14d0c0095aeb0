import { join } from "node:path";

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadOptions {
  readonly port: number;
  readonly requests: readonly WireRequest[];
  /** Each request is sent once; else they are repeated for `seconds`. */
  readonly isOnce?: boolean;
  readonly seconds: number;
  readonly connections: number;
  readonly dir: string;
}

/** What came of a load. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answered with a status of 400 or more. */
  readonly refused: number;
  /** Connections lost, and answers that did not come. */
  readonly failed: number;
}

const SCRIPT = join(import.meta.dir, "wrk.lua");

/** Puts load on a port of this machine with wrk, from one thread of a process of its own. */
export async function runWrk(options: LoadOptions): Promise<LoadResult> {
  const { port, requests, isOnce = false, seconds, connections, dir } = options;
  const file = join(dir, `requests-${port}`);
  await Bun.write(file, requests.map((request) => framed(wireText(request, port))).join(""));
  const flags = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", SCRIPT];
  const child = Bun.spawn(
    ["wrk", ...flags, `http://127.0.0.1:${port}`, "--", file, isOnce ? "once" : "again"],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return readWrk(output + errors);
}

/** Reads the line that wrk.lua ends with. Throws when wrk did not get that far. */
export function readWrk(output: string): LoadResult {
  const line = output.split("\n").findLast((text) => text.startsWith('{"requests"'));
  if (line === undefined) throw new Error(`wrk failed: ${output.slice(0, 500)}`);
  const { requests, microseconds, refused, failed } = JSON.parse(line) as Record<string, number>;
  return {
    requests: requests ?? 0,
    seconds: (microseconds ?? 0) / 1e6,
    refused: refused ?? 0,
    failed: failed ?? 0,
  };
}

function framed(text: string): string {
  return `${Buffer.byteLength(text)}\n${text}`;
}

function wireText({ method, path, headers = {}, body }: WireRequest, port: number): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== undefined)
    lines.push("content-type: application/json", `content-length: ${Buffer.byteLength(body)}`);
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

import type { Fetch } from "./bounded-fetch.ts";

/** What an auth server answered, read to its end. */
export interface Heard {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The body's members; empty when it is no JSON object. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** One exchange with an auth server, overheard: what decides is what came back, not what a library makes of it. */
export class Exchange {
  readonly #send: Fetch;
  #heard: Heard | undefined;

  constructor(send: Fetch) {
    this.#send = send;
  }

  /** Undefined: no complete answer came back. */
  get heard(): Heard | undefined {
    return this.#heard;
  }

  /** Sends, and hands on the answer without the members of `leaveOut`. To be called once. */
  async fetch(url: string, init: RequestInit, leaveOut: readonly string[] = []): Promise<Response> {
    const response = await this.#send(url, init);
    const { status, headers } = response;
    const text = await response.text();
    const members = membersOf(text);
    this.#heard = { status, retryAfter: headers.get("retry-after"), members };
    if (status !== 200 || !leaveOut.some((name) => name in members))
      return new Response(response.status === 204 ? null : text, { status, headers });
    const kept = Object.entries(members).filter(([name]) => !leaveOut.includes(name));
    return new Response(JSON.stringify(Object.fromEntries(kept)), { status, headers });
  }
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

import type { Fetch } from "./bounded-fetch.ts";

/** What an auth server answered, read to its end. */
export interface Heard {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The body's members that say something, not null and not ""; empty when it is no JSON object. */
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

  /**
   * Sends, and hands on the answer without the members of `leaveOut` and those that say nothing: a library that stumbles
   * over one would cost the tokens beside it. To be called once.
   */
  async fetch(url: string, init: RequestInit, leaveOut: readonly string[] = []): Promise<Response> {
    const response = await this.#send(url, init);
    const { status, headers } = response;
    const text = await response.text();
    const all = membersOf(text);
    const members = only(all, (name) => all[name] !== null && all[name] !== "");
    this.#heard = { status, retryAfter: headers.get("retry-after"), members };
    const kept = only(members, (name) => !leaveOut.includes(name));
    if (status !== 200 || Object.keys(kept).length === Object.keys(all).length)
      return new Response(response.status === 204 ? null : text, { status, headers });
    return new Response(JSON.stringify(kept), { status, headers });
  }
}

function only(
  members: Readonly<Record<string, unknown>>,
  isKept: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => isKept(name)));
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

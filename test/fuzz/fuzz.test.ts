import { describe, expect, setDefaultTimeout, test } from "bun:test";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { APPLICATION_KEY, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { size } from "../support/size.ts";
import { HttpLink, NoAnswer, type HttpReply } from "../faults/http-link.ts";
import { routesOf } from "./api-document.ts";
import { anyBytes } from "./any-bytes.ts";
import { type Draft, ID, KEY, MARK, TOKEN, anyRequest } from "./any-request.ts";

setDefaultTimeout(900_000);

const REQUESTS = size(1600, 90_000);
const RAW = size(200, 10_000);
const AT_ONCE = 8;
/** Bun keeps what it once took; what a leak of a few hundred bytes a request would take is more. */
const GROWTH_MB = size(150, 200);
const SETTINGS = {
  SESSION_STORE: "sqlite:sessions.db",
  SESSION_CACHE_MB: "4",
  SESSION_TRUSTED_PROXIES: "127.0.0.1",
};

describe("whatever is asked", () => {
  test(`${REQUESTS} requests to every route: no 5xx but 503, no crash, no answer with another's values, no growth`, async () => {
    await using program = await startKeyedProgram(SETTINGS);
    const fuzzed = new Fuzzed(program);
    const requests = anyRequest(await routesOf(program.origin));
    const some = fc.array(requests, { minLength: AT_ONCE, maxLength: AT_ONCE });
    const rounds = REQUESTS / AT_ONCE;
    await warmUp(fuzzed, some);
    const before = residentMegabytes(program.pid);
    const { pid } = program;
    await fc.assert(
      fc.asyncProperty(some, async (drafts) => {
        expect(await fuzzed.ask(drafts)).toEqual([]);
      }),
      { numRuns: rounds, endOnFailure: true },
    );
    expect((await fetch(`${program.origin}/health/ready`)).status).toBe(200);
    expect([program.pid, program.hasExited]).toEqual([pid, false]);
    expect(residentMegabytes(pid) - before).toBeLessThan(GROWTH_MB);
  });

  test(`${RAW} times bytes on the socket: refused or answered, and the next request is served`, async () => {
    await using program = await startKeyedProgram({ ...SETTINGS, SESSION_STORE: "memory:" });
    const port = Number(new URL(program.origin).port);
    const some = fc.array(anyBytes(), { minLength: AT_ONCE, maxLength: AT_ONCE });
    const live = new HttpLink(() => port, 10_000);
    await fc.assert(
      fc.asyncProperty(some, async (all) => {
        const replies = await Promise.all(all.map((bytes) => sent(port, bytes)));
        const answers = replies.flatMap((reply) => [...reply.matchAll(/^HTTP\/1\.1 (\d{3})/gm)]);
        const statuses = answers.map(([, status]) => Number(status));
        expect(statuses.filter((status) => status >= 500 && !MAY_BE.has(status))).toEqual([]);
        const { status } = await live.ask({ method: "GET", path: "/health/live" });
        expect(status).toBe(200);
      }),
      { numRuns: RAW / AT_ONCE, endOnFailure: true },
    );
    live.close();
    expect(program.hasExited).toBe(false);
  });
});

/** A service that is asked many things at once, each with a marker of its own. */
class Fuzzed {
  readonly #links: readonly HttpLink[];
  readonly #port: number;
  #count = 0;
  #session = { id: "", token: "", marker: "" };

  constructor({ origin }: Program) {
    this.#port = Number(new URL(origin).port);
    this.#links = Array.from({ length: AT_ONCE }, () => new HttpLink(() => this.#port, 10_000));
  }

  /** One line for each answer that is not as it must be. */
  async ask(drafts: readonly Draft[]): Promise<readonly string[]> {
    await this.#login();
    const wrong = await Promise.all(
      drafts.map((draft, at) => this.#askOne(draft, this.#links[at])),
    );
    return wrong.flat();
  }

  /** The session that requests may name: a new one for each round, since they may close it. */
  async #login(): Promise<void> {
    const marker = this.#marker();
    const reply = await this.#links[0]?.ask({
      method: "POST",
      path: "/a01/session",
      headers: { authorization: `Bearer ${APPLICATION_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ user_id: marker, access_token: marker }),
    });
    const json = JSON.parse(reply?.body ?? "{}") as Record<string, unknown>;
    this.#session = {
      id: String(json["session_id"]),
      token: String(json["session_token"]),
      marker,
    };
  }

  async #askOne(draft: Draft, link: HttpLink | undefined): Promise<readonly string[]> {
    const marker = this.#marker();
    const fill = (text: string) => this.#filled(text, marker);
    const headers = Object.entries(draft.headers).map(([name, value]) => [name, fill(value)]);
    const request = {
      method: draft.method,
      path: fill(draft.path),
      // Each from another address, or the limit on wrong credentials would answer nearly all.
      headers: { ...Object.fromEntries(headers), "x-forwarded-for": addressOf(this.#count) },
      ...(draft.body === undefined ? {} : { body: fill(draft.body) }),
    };
    try {
      const reply = await link?.ask(request);
      return reply ? this.#wrongIn(reply, marker, request) : [];
    } catch (error) {
      return error instanceof NoAnswer ? [`no answer to ${JSON.stringify(request)}`] : [];
    }
  }

  #wrongIn(
    { status, headers, body }: HttpReply,
    marker: string,
    request: object,
  ): readonly string[] {
    const asked = JSON.stringify(request);
    const text = `${body} ${[...headers.values()].join(" ")}`;
    const others = (text.match(MARKERS) ?? []).filter(
      (each) => each !== marker && each !== this.#session.marker,
    );
    return [
      ...(status >= 500 && status !== 503 ? [`${status} ${body} to ${asked}`] : []),
      ...(others.length > 0 ? [`${others.join()} in the answer to ${asked}`] : []),
      ...(status >= 400 && text.includes(this.#session.token) ? [`a token in ${body}`] : []),
    ];
  }

  #filled(text: string, marker: string): string {
    const { id, token } = this.#session;
    return text
      .replaceAll(MARK, marker)
      .replaceAll(ID, id)
      .replaceAll(TOKEN, token)
      .replaceAll(KEY, APPLICATION_KEY);
  }

  #marker(): string {
    this.#count += 1;
    return `fz${String(this.#count).padStart(8, "0")}zf`;
  }
}

/** Long enough that no random id of the service looks like one. */
const MARKERS = /fz\d{8}zf/g;

function addressOf(count: number): string {
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`;
}

async function warmUp(fuzzed: Fuzzed, some: fc.Arbitrary<readonly Draft[]>): Promise<void> {
  for (const drafts of fc.sample(some, 100)) await fuzzed.ask(drafts);
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

/** Everything that came back until the connection was closed or said nothing for a while. */
function sent(port: number, bytes: Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  const quiet = setTimeout(() => socket.destroy(), QUIET_MS);
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => {}).on("end", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(quiet);
    resolve(received);
  });
  socket.end(bytes);
  return promise;
}

/** 505: the HTTP server itself refuses another version of HTTP. */
const MAY_BE: ReadonlySet<number> = new Set([503, 505]);
const QUIET_MS = 200;

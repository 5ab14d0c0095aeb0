import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Access } from "../../src/http/auth/access.ts";
import type { CreateAnswer } from "../../src/wire/session-answers.ts";
import { KEYED, KEYS } from "../support/api-keys.ts";
import { type AppChoices, ServedApp } from "../support/serve-app.ts";
import { size } from "../support/size.ts";

const RUNS = size(30, 1500);
const START = Date.UTC(2030, 0, 1);
const ELEVEN_MINUTES = 11 * 60 * 1000;

/** Two services on one store: one answers from memory what it can, the other asks the store every time. */
class Pair implements AsyncDisposable {
  readonly cached: ServedApp;
  readonly plain: ServedApp;
  readonly sessions: CreateAnswer[] = [];

  constructor(access: Access) {
    const policy = { notBefore: START + ELEVEN_MINUTES };
    const publicOrigin = "https://app.example.org";
    const choices: AppChoices = { access, forwardsToken: true, policy, publicOrigin };
    this.cached = new ServedApp({ ...choices, hasCache: true });
    this.plain = new ServedApp({ ...choices, store: () => this.cached.store });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const app of [this.cached, this.plain]) await app[Symbol.asyncDispose]();
  }
}

interface Read {
  readonly kind: "read";
  readonly method: string;
  readonly path: string;
  /** Which session, of those that were created so far. */
  readonly of: number;
  readonly credential: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Change {
  readonly kind: "create" | "update" | "rotate" | "close" | "wait";
  readonly of: number;
  readonly seconds: number;
}

const HEADERS = {
  origin: ["https://evil.example", "null"],
  "sec-fetch-site": ["cross-site", "same-origin", "none"],
  "x-forwarded-for": ["198.51.100.7"],
  "x-forwarded-access-token": ["x"],
  via: ["1.1 proxy"],
  host: ["evil.example", "localhost", "127.0.0.1:1", "a,b", "user@127.0.0.1"],
  "x-request-id": ["mine-1", "two words", `smt_${"a".repeat(64)}`],
  "if-none-match": ["*"],
  "x-session-user": ["somebody"],
} as const;

const anyOf = fc.nat(3);

const aRead: fc.Arbitrary<Read> = fc.record({
  kind: fc.constant("read" as const),
  method: fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"),
  path: fc.constantFrom(
    "/a01/check",
    "/a01/check/below?user_id=x",
    "/a01/session/{id}",
    "/a01/session/{id}?touch=false",
    "/a01/session/{id}?touch=maybe",
    "/a01/session/{id}?",
    "/a01/session/{ID}",
    "/a01/session/{id}/",
    "/a01/session/%7Bid%7D",
  ),
  of: anyOf,
  credential: fc.constantFrom(
    "none",
    "cookie",
    "bearer",
    "old",
    "stranger",
    "wrong",
    "both",
    "cookie+key",
    ...Object.values(KEYS),
  ),
  headers: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...Object.entries(HEADERS).flatMap(([n, vs]) => vs.map((v) => [n, v])))
        .map(([name = "", value = ""]) => ({ [name]: value })),
    },
  ),
});

const aChange: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("create", "update", "rotate", "close", "wait"),
  of: anyOf,
  seconds: fc.constantFrom(1, 59, 61, 700, 5990, 6001, 60_000),
});

const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: aRead }, { weight: 1, arbitrary: aChange }),
  { minLength: 10, maxLength: 40 },
);

async function change(pair: Pair, { kind, of, seconds }: Change): Promise<void> {
  const session = pair.sessions[of];
  if (kind === "wait") {
    pair.cached.clock.advanceSeconds(seconds);
    pair.plain.clock.advanceSeconds(seconds);
  } else if (kind === "create" || session === undefined) {
    const tokens = {
      access_token: "at",
      refresh_token: "rt",
      auth_code: "ac",
      expiration_time: 60,
    };
    const user_id = `user ${of % 2}`;
    pair.sessions[of] = await pair.cached.create({
      user_id,
      user_email: "ü@example.org",
      ...tokens,
    });
  } else await changeSession(pair, kind, session, of);
}

async function changeSession(
  { cached, sessions }: Pair,
  kind: "update" | "rotate" | "close",
  session: CreateAnswer,
  of: number,
): Promise<void> {
  const path = `/a01/session/${session.session_id}`;
  if (kind === "close") await cached.send("DELETE", path);
  if (kind === "update") await cached.send("PATCH", path, { body: { access_token: `at${of}` } });
  if (kind !== "rotate") return;
  const { status, json } = await cached.send("POST", `${path}/token`);
  if (status === 200) sessions[of] = { ...session, ...(json as object) };
}

function credentialOf(pair: Pair, { credential, of }: Read, old: string): Record<string, string> {
  const token = pair.sessions[of]?.session_token ?? old;
  const cookie = `__Host-session=${token}`;
  const bearers: Readonly<Record<string, Record<string, string>>> = {
    none: {},
    cookie: { cookie },
    bearer: { authorization: `Bearer ${token}` },
    old: { authorization: `Bearer ${old}` },
    stranger: { authorization: `Bearer ${pair.sessions[(of + 1) % 4]?.session_token ?? old}` },
    wrong: { authorization: `Bearer ${token.slice(0, -2)}AA` },
    both: { cookie, authorization: `Bearer ${old}` },
    "cookie+key": { cookie, authorization: `Bearer ${KEYS.read}` },
  };
  return bearers[credential] ?? { authorization: `Bearer ${credential}` };
}

/** All of an answer and of its line in the log, but what is new in each. */
async function answerOf(app: ServedApp, pair: Pair, read: Read, old: string): Promise<unknown> {
  const id = pair.sessions[read.of]?.session_id ?? "00000000-0000-8000-8000-000000000000";
  const path = read.path.replace("{id}", id).replace("{ID}", id.toUpperCase());
  const headers = { ...read.headers, ...credentialOf(pair, read, old) };
  const answer = await app.send(read.method, path, { headers, key: null });
  const { date: _, ...kept } = Object.fromEntries(answer.headers);
  const requestId = answer.headers.get("x-request-id") ?? "absent";
  const told = { ...app.requests.at(-1), seconds: 0 };
  const text = JSON.stringify({ status: answer.status, headers: kept, text: answer.text, told });
  return JSON.parse(requestId.startsWith("made-") ? text.replaceAll(requestId, "made") : text);
}

/** Reads that reached the store. */
function finds({ storeCalls }: ServedApp): number {
  return storeCalls.filter(({ call }) => call === "find").length;
}

const KINDS: readonly Access[] = [KEYED, { kind: "loopback" }, { kind: "off" }];

for (const access of KINDS)
  test(`an answer from memory is the store's answer, in all that is sent and logged (${access.kind})`, async () => {
    let spared = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await using pair = new Pair(access);
        for (const of of [0, 1, 2]) await change(pair, { kind: "create", of, seconds: 0 });
        const [first] = pair.sessions;
        for (const step of all) {
          if (step.kind !== "read") await change(pair, step);
          else {
            const old = first?.session_token ?? "";
            const before = finds(pair.plain) - finds(pair.cached);
            const fromMemory = await answerOf(pair.cached, pair, step, old);
            expect(fromMemory).toEqual(await answerOf(pair.plain, pair, step, old));
            // Those of changes do not count: they ask the store in any case.
            spared += finds(pair.plain) - finds(pair.cached) - before;
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect(spared).toBeGreaterThan(0);
  });

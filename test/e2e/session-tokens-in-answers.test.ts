import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { Api } from "../support/api.ts";
import { type Program, startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const FORM = "application/x-www-form-urlencoded";
const OWN_PAGE = { "sec-fetch-site": "same-origin" };

test("session tokens are in no log, list, page or error: not of users, browsers, gateways, nor when the store fails", async () => {
  await using redis = await startRedisServer();
  const apiKey = randomBytes(32).toString("base64url");
  await using program = await startProgram({
    settings: {
      SESSION_STORE: redis.url,
      SESSION_STORE_DEADLINE_MS: "200",
      SESSION_LOG_LEVEL: "debug",
      SESSION_CHECK_FORWARD_TOKEN: "1",
      SESSION_API_KEYS: `backend:read+write+tokens:${createHash("sha256").update(apiKey).digest("hex")}`,
    },
  });
  const told = new Told(program);
  const logIn = async () => {
    const { body } = await new Api(program.url, apiKey).create("user007", { access_token: "at" });
    return { id: String(body["session_id"]), token: told.secret(String(body["session_token"])) };
  };

  const [one, two] = [await logIn(), await logIn()];
  await useAsUser(told, one);
  await useAsBrowser(told, two);
  const bearer = await rotateByBearer(program, told, one);
  const cookie = await rotateByCookie(program, told, two);
  for (const token of [one.token, bearer]) await useAsUser(told, { ...one, token });
  await misuse(told, bearer);
  redis.pause();
  await useAsUser(told, { ...one, token: bearer });
  await useAsBrowser(told, { ...two, token: cookie });
  redis.resume();
  await told.ask("POST", "/devices/close-all", { ...cookieOf(cookie), ...OWN_PAGE });
  for (const token of [bearer, cookie]) {
    await useAsUser(told, { ...one, token });
    await useAsBrowser(told, { ...two, token });
  }

  await guessOverTheLimit(told);

  expect(told.statuses).toContainValues([200, 303, 400, 401, 403, 404, 405, 415, 429, 503]);
  await told.expectNothingTold();
});

interface Session {
  readonly id: string;
  readonly token: string;
}

/** All that was answered, all that was logged, and what must not be in it. */
class Told {
  readonly #program: Program;
  readonly #answers: string[] = [];
  readonly #secrets: string[] = [];
  readonly #statuses = new Set<number>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** Remembers a token, its secret part, and what is stored of it. Returns it. */
  secret(token: string): string {
    const random = Buffer.from(token.slice("smt_".length), "base64url").subarray(16);
    const stored = createHash("sha256").update(random).digest();
    const forms = [random, stored].flatMap((bytes) => [
      bytes.toString("hex"),
      bytes.toString("base64").slice(0, -1),
      bytes.toString("base64url"),
    ]);
    this.#secrets.push(token, token.slice(-42), ...forms);
    return token;
  }

  get statuses(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#statuses].map((status) => [String(status), status]));
  }

  async ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<void> {
    const response = await fetch(this.#program.url + path, {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
    this.#statuses.add(response.status);
    this.#answers.push(JSON.stringify([...response.headers]), await response.text());
  }

  async expectNothingTold(): Promise<void> {
    const requests = () => this.#program.lines.filter((line) => line["event"] === "request").length;
    await until(() => requests() >= this.#answers.length / 2, {
      what: "all requests are logged",
      withinMs: 5000,
    });
    const all = [...this.#answers, this.#program.stdout, this.#program.stderr].join("\n");
    expect(this.#secrets.length).toBeGreaterThan(30);
    expect(this.#secrets.filter((secret) => all.includes(secret))).toEqual([]);
  }
}

/** By bearer, as apps and gateways do. */
async function useAsUser(told: Told, { id, token }: Session): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ["/check", "/check/deep?x=1", "/session", `/session/${id}`, "/devices"])
    await told.ask("GET", path, headers);
  await told.ask("PATCH", `/session/${id}`, headers, "{}");
  await told.ask("DELETE", `/session/${crypto.randomUUID()}`, headers);
}

/** By cookie, with and without the page's script, from the own page and from a foreign one. */
async function useAsBrowser(told: Told, { id, token }: Session): Promise<void> {
  const cookie = cookieOf(token);
  for (const accept of ["text/html", "application/json"]) {
    const headers = { ...cookie, ...OWN_PAGE, accept, "content-type": FORM };
    await told.ask("GET", "/devices", headers);
    await told.ask("GET", `/devices?confirm=close&session_id=${id}`, headers);
    await told.ask("POST", "/devices/close", headers, `session_id=${token}`);
    await told.ask("POST", "/devices/close", headers, `${token}=${token}`);
    await told.ask("POST", "/devices/close", { ...headers, "content-type": "text/plain" }, token);
    await told.ask("POST", "/devices/close-all", { ...headers, "sec-fetch-site": "cross-site" });
    await told.ask("PUT", "/devices", headers);
  }
}

async function guessOverTheLimit(told: Told): Promise<void> {
  for (let i = 0; i <= 30; i++)
    await told.ask("GET", "/session", { authorization: "Bearer smt_x" });
}

/** The token where it does not belong, and what is almost a token. */
async function misuse(told: Told, token: string): Promise<void> {
  const wrong = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
  const shown = [wrong, token.slice(0, 40), `${token}${token}`, token.repeat(60), ` ${token} x`];
  for (const text of shown) {
    await told.ask("GET", "/check", { authorization: `Bearer ${text}` });
    await told.ask("GET", "/devices", { ...cookieOf(text) });
  }
  await told.ask("GET", "/check", { cookie: `__Host-session=${token}; __Host-session=${wrong}` });
  await told.ask("GET", "/check", { cookie: `__HOST-SESSION=${token}` });
  await told.ask("GET", `/session/${token}?token=${token}`, { "x-request-id": `${token} ` });
  await told.ask("GET", `/${token}`, { [`x-${token.slice(0, 20)}`]: token });
  await told.ask("GET", `/devices?done=${token}&confirm=${token}`, cookieOf(token));
  await told.ask("GET", `/devices/assets/${token}`, {});
  await told.ask("POST", `/session/${token}/token`, { authorization: `Bearer ${token}` });
}

async function rotateByBearer(program: Program, told: Told, { id, token }: Session) {
  const api = new Api(program.url, token);
  const { body } = await api.call("POST", `/session/${id}/token`);
  return told.secret(String(body["session_token"]));
}

async function rotateByCookie(program: Program, told: Told, { id, token }: Session) {
  const headers = { ...cookieOf(token), ...OWN_PAGE };
  const answer = await new Api(program.url).call("POST", `/session/${id}/token`, { headers });
  const set = answer.headers.get("set-cookie") ?? "";
  return told.secret(set.slice("__Host-session=".length, set.indexOf(";")));
}

function cookieOf(token: string): Readonly<Record<string, string>> {
  return { cookie: `__Host-session=${token}` };
}

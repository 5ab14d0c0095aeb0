import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { Api } from "../support/api.ts";
import { startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const STORES = ["SQLite", "Redis"] as const;

describe("what is secret never appears in the log, not even at debug level", () => {
  for (const store of STORES) {
    test(`on ${store}: in good requests, bad requests, and failures of the store`, async () => {
      await using redis = await startRedisServer({ password: secret() });
      const apiKey = secret();
      const password = new URL(redis.url).password;
      await using program = await startProgram({
        settings: {
          SESSION_LOG_LEVEL: "debug",
          SESSION_STORE_DEADLINE_MS: "200",
          SESSION_API_KEYS: `backend:read+write+tokens:${sha256(apiKey)}`,
          ...(store === "Redis" ? { SESSION_STORE: redis.url } : {}),
        },
      });
      const attributes = {
        auth_code: secret(),
        access_token: secret(),
        refresh_token: secret(),
        user_email: `${secret()}@example.org`,
      };
      const api = new Api(program.url, apiKey);
      const tokens = await useAndMisuse(api, attributes);
      if (store === "Redis") {
        redis.pause();
        await useAndMisuse(api, attributes);
        redis.resume();
      }
      await new Api(program.url, `${apiKey}x`).create("user007", attributes);
      await until(() => program.lines.some((line) => line["status"] === 401), {
        what: "the last request is logged",
        withinMs: 5000,
      });
      const secrets = [apiKey, password, sha256(apiKey), ...tokens, ...Object.values(attributes)];
      const output = program.stdout + program.stderr;
      expect(program.lines.length).toBeGreaterThan(10);
      expect(secrets.filter((each) => each !== "" && output.includes(each))).toEqual([]);
    });
  }

  test("nor what a caller writes where it does not belong", async () => {
    await using program = await startProgram({ settings: { SESSION_LOG_LEVEL: "debug" } });
    const marker = secret();
    const { origin } = program;
    const tries: [string, Try][] = [
      [`/a01/session/${marker}`, {}],
      [`/a01/session?user_id=u&token=${marker}`, {}],
      [`/${marker}`, {}],
      ["/a01/session", { method: "POST", body: `{"user_id":"u",${marker}}` }],
      [
        "/a01/session",
        { method: "POST", body: JSON.stringify({ user_id: "u", [marker]: marker }) },
      ],
      ["/a01/session?user_id=u", { headers: { authorization: `Bearer ${marker}` } }],
      ["/a01/session?user_id=u", { headers: { cookie: `session=${marker}`, "x-custom": marker } }],
      ["/a01/session", { method: "POST", headers: { "content-type": marker }, body: marker }],
      ["/a01/session?user_id=u", { headers: { "x-request-id": `${marker} with spaces` } }],
    ];
    for (const [path, init] of tries)
      await fetch(origin + path, {
        ...init,
        headers: { "content-type": "application/json", ...init.headers },
      });
    await until(
      () => program.lines.filter((line) => line["event"] === "request").length === tries.length,
      {
        what: "all requests are logged",
        withinMs: 5000,
      },
    );
    expect(program.stdout).not.toContain(marker);
  });
});

interface Try {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe("a log line", () => {
  test("stays one line of JSON whatever a caller names a user or a device", async () => {
    await using program = await startProgram();
    const hostile = `a\u2028b\u2029c"}\\ 漢字 ø 😀 {"level":"info"}`;
    const { status } = await new Api(program.url).create(hostile, { device_id: hostile });
    expect(status).toBe(201);
    await until(() => program.lines.some((line) => line["event"] === "session_created"), {
      what: "the create is logged",
      withinMs: 5000,
    });
    expect(program.stdout).not.toMatch(/[\u2028\u2029]/);
    const created = program.lines.find((line) => line["event"] === "session_created");
    expect(created?.["user_id"]).toBe(hostile);
  });
});

/** Every verb, with and without mistakes. Returns the session tokens it was given. */
async function useAndMisuse(
  api: Api,
  attributes: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const { body } = await api.create("user007", attributes);
  const id = String(body["session_id"]);
  await api.get(id);
  await api.update(id, attributes);
  await api.update(id, { ...attributes, nonsense: attributes["access_token"] });
  await api.update(id, { ...attributes, expiration_time: attributes["access_token"] });
  await api.list("user007");
  await api.close(id);
  await api.get(id);
  await api.closeAll("user007");
  const token = body["session_token"];
  return typeof token === "string" ? [token] : [];
}

function secret(): string {
  return `marker${randomBytes(16).toString("hex")}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

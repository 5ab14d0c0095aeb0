import { expect, setDefaultTimeout, test } from "bun:test";
import { startProgram } from "../support/program.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const JSON_BODY = { "content-type": "application/json" };

test("at SESSION_NOT_BEFORE every earlier session is over for every route, cached ones too", async () => {
  const notBefore = new Date(Date.now() + 4000).toISOString();
  const settings = { SESSION_STORE: "sqlite:sessions.db", SESSION_CACHE: "exact" };
  await using program = await startProgram({
    settings: { ...settings, SESSION_NOT_BEFORE: notBefore },
  });
  const ask = (method: string, path: string, headers = {}, body?: string) =>
    fetch(program.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const create = async () =>
    (await (await ask("POST", "/session", JSON_BODY, '{"user_id":"u"}')).json()) as {
      session_id: string;
      session_token: string;
    };
  const early = await create();
  const bearer = { authorization: `Bearer ${early.session_token}` };
  const one = `/session/${early.session_id}`;
  expect((await ask("GET", one)).status).toBe(200);
  expect((await ask("GET", "/check", bearer)).status).toBe(200);

  await until(async () => (await ask("GET", one)).status === 404, {
    what: "the session is over",
    withinMs: 10_000,
  });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(notBefore));
  expect((await ask("GET", "/check", bearer)).status).toBe(401);
  expect((await ask("GET", "/session", bearer)).status).toBe(401);
  expect(await (await ask("GET", "/session?user_id=u")).json()).toEqual({
    user_id: "u",
    sessions: [],
  });
  for (const [method, path, body] of [
    ["PATCH", one, '{"auth_code":"x"}'],
    ["POST", `${one}/token`, undefined],
    ["POST", `${one}/access-token`, undefined],
    ["DELETE", one, undefined],
  ] as const)
    expect([path, (await ask(method, path, JSON_BODY, body)).status]).toEqual([path, 404]);

  const late = await create();
  const token = { authorization: `Bearer ${late.session_token}` };
  expect((await ask("GET", "/check", token)).status).toBe(200);
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { SessionManagerError } from "../../src/client/main.ts";
import { type Behaviour, FaultyProvider } from "../support/oidc/faulty-provider.ts";
import { rejectionOf } from "../support/rejection.ts";
import { until } from "../support/until.ts";
import { VaultProcess, createWithTokens } from "../support/vault-site.ts";

const CALL_MS = 500;

setDefaultTimeout(60_000);

let provider: FaultyProvider;
let service: VaultProcess;

beforeAll(async () => {
  provider = await FaultyProvider.start();
  service = await VaultProcess.start({
    store: "sqlite:sessions.db",
    issuer: provider.issuer,
    more: { timeout_ms: CALL_MS },
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const FAILURES: Readonly<Record<string, Behaviour>> = {
  "it hangs": { kind: "hang" },
  "it answers 500": { kind: "answer", status: 500 },
  "it answers 429": { kind: "answer", status: 429, headers: { "retry-after": "1" } },
  "it answers garbage": { kind: "answer", status: 200, body: "<html>" },
  "it cuts the connection after half of the answer": { kind: "reset_midway" },
  "it cuts the connection instead of answering": { kind: "reset" },
  "it never ends its answer": { kind: "drip" },
};

test("an auth server that fails leaves each session as it is, and is left alone until a pause is over", async () => {
  const ids = new Map<string, string>();
  for (const [what, behaviour] of Object.entries(FAILURES)) {
    const id = await createWithTokens(service.client, { accessToken: "old", refreshToken: what });
    ids.set(what, id);
    provider.next("/token", behaviour);
    const errors = await Promise.all([1, 2, 3].map(() => rejectionOf(ask(id))));
    errors.push(await rejectionOf(ask(id)));
    for (const error of errors) {
      const { code, status, retryAfterSeconds } = error as SessionManagerError;
      expect([what, code, status]).toEqual([what, "auth_server_unavailable", 503]);
      expect(retryAfterSeconds).toBeWithin(1, 3);
    }
    expect([what, shown(what)]).toEqual([what, 1]);
    const session = await service.client.get(id);
    expect(session).toMatchObject({ refresh_token: what });
    expect(session).not.toHaveProperty("needs_login");
  }
  for (const [what, id] of ids) {
    await untilToken(id);
    expect([what, shown(what)]).toEqual([what, 2]);
  }
});

test("a refusal that is final ends with a login, told once", async () => {
  const id = await createWithTokens(service.client, { accessToken: "a", refreshToken: "dead" });
  const body = JSON.stringify({ error: "invalid_grant" });
  const headers = { "content-type": "application/json" };
  provider.next("/token", { kind: "answer", status: 400, headers, body });
  const errors = await Promise.all([1, 2, 3].map(() => rejectionOf(ask(id))));
  for (const error of errors) expect(error).toMatchObject({ code: "needs_login", status: 409 });
  expect(shown("dead")).toBe(1);
  const events = () =>
    service.program.lines.filter(
      (line) => line["event"] === "session_needs_login" && line["session_id"] === id,
    );
  await until(() => events().length === 1, { what: "it is told", withinMs: 5000 });
  await service.client.update(id, { refresh_token: "of a new login" });
  expect(await ask(id)).toMatchObject({ token_type: "Bearer" });
  expect(await service.client.get(id)).not.toHaveProperty("needs_login");
});

test("with SESSION_NEEDS_LOGIN=close the session is closed instead", async () => {
  await using closing = await VaultProcess.start({
    store: "memory:",
    issuer: provider.issuer,
    settings: { SESSION_NEEDS_LOGIN: "close" },
  });
  const id = await createWithTokens(closing.client, { accessToken: "a", refreshToken: "dead" });
  const body = JSON.stringify({ error: "invalid_grant" });
  provider.next("/token", { kind: "answer", status: 400, body });
  expect(await closing.client.accessToken(id)).toBeUndefined();
  expect(await closing.client.get(id)).toBeUndefined();
});

function ask(id: string) {
  return service.client.accessToken(id, { timeoutMs: 30_000 });
}

/** The pause after a failure is a second at most. */
async function untilToken(id: string): Promise<void> {
  const hasToken = async () => (await ask(id)) !== undefined;
  await until(hasToken, { what: "there is a token again", withinMs: 15_000, everyMs: 200 });
}

/** How often this refresh token was shown. */
function shown(refreshToken: string): number {
  return provider.seenAt("/token").filter(({ form }) => form.get("refresh_token") === refreshToken)
    .length;
}

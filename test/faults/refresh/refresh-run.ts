import { Api } from "../../support/api.ts";
import { FaultyProvider } from "../../support/oidc/faulty-provider.ts";
import { Deployment } from "../deployment.ts";
import type { Issue, RefreshHistory, TokenAnswer } from "./refresh-history.ts";

const SESSIONS = 12;
const CALLERS = 18;
/** The shortest there is, so that tokens are refreshed all the time. */
const LIFETIME_SECONDS = 1;

/** Three processes hand out access tokens of a few sessions to many callers, from an auth server that counts. */
export async function runRefreshes(
  loadMs: number,
  command?: readonly string[],
): Promise<RefreshHistory> {
  await using server = await FaultyProvider.start();
  server.answers.set("/token", { expires_in: LIFETIME_SECONDS });
  await using deployment = await Deployment.start({
    engine: "redis",
    cache: "off",
    settings: { SESSION_ISSUERS: issuers(server) },
    ...(command === undefined ? {} : { command }),
  });
  const apis = deployment.ports.map((port) => new Api(`http://127.0.0.1:${port}/a01`));
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, (_, n) => created(apis, n)));
  const answers: TokenAnswer[] = [];
  const end = performance.now() + loadMs;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, at) => {
      for (let n = at; performance.now() < end; n++) {
        const session = sessions[Math.floor(n / apis.length) % sessions.length];
        const api = apis[n % apis.length];
        if (session && api) answers.push(await asked(api, session.id));
      }
    }),
  );
  return {
    issues: issuesOf(server),
    answers,
    sessions: await Promise.all(sessions.map((s) => atRest(apis, s))),
  };
}

type Session = RefreshHistory["sessions"][number];

function issuers({ issuer, tokenEndpoint }: FaultyProvider): string {
  return JSON.stringify([
    { name: "stub", issuer, client_id: "rig", token_endpoint: tokenEndpoint },
  ]);
}

async function created(apis: readonly Api[], n: number): Promise<Session> {
  const first = { accessToken: `first-access-${n}`, refreshToken: `first-refresh-${n}` };
  const answer = await apis[0]?.create(`user-${n}`, {
    issuer: "stub",
    access_token: first.accessToken,
    refresh_token: first.refreshToken,
    expiration_time: LIFETIME_SECONDS,
  });
  if (answer?.status !== 201) throw new Error(`a create was answered ${answer?.status}`);
  return { id: String(answer.body["session_id"]), first };
}

async function asked(api: Api, session: string): Promise<TokenAnswer> {
  const invoke = performance.now();
  const { status, body } = await api.call("POST", `/session/${session}/access-token`);
  const times = { session, invoke, complete: performance.now() };
  return status === 200 ? { ...times, accessToken: String(body["access_token"]) } : times;
}

async function atRest(apis: readonly Api[], session: Session): Promise<Session> {
  const answer = await apis[0]?.get(session.id);
  if (answer?.status !== 200) return session;
  const { access_token, refresh_token } = answer.body;
  const stored = { accessToken: String(access_token), refreshToken: String(refresh_token) };
  return { ...session, stored };
}

/** It answers in the order in which it was asked. */
function issuesOf(server: FaultyProvider): readonly Issue[] {
  return server.seenAt("/token").map(({ form }, at) => ({
    presented: form.get("refresh_token") ?? "",
    accessToken: `access-token-${at + 1}`,
    refreshToken: `refresh-token-${at + 1}`,
  }));
}

import { generateKeyPairSync } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Context, Provider } from "oidc-provider";
import {
  BASIC_CLIENT,
  CONTROL_PATH,
  POST_CLIENT,
  PUBLIC_CLIENT,
  type ProviderBehaviour,
  type ProviderClient,
  type ProviderControl,
  type ProviderCounts,
  REDIRECT_URI,
} from "./provider-state.ts";
import { ProviderStorage } from "./provider-storage.ts";

const CLIENTS = [BASIC_CLIENT, POST_CLIENT, PUBLIC_CLIENT];
const storage = new ProviderStorage();
let behaviour: ProviderBehaviour = { accessTokenSeconds: 3600, tokenDelayMs: 0 };
let counts = noCounts();
let showings = new Map<string, number>();

/** An auth server of its own process, which prints where it is and runs until it is killed. */
function serve(): void {
  const server = createServer();
  server.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const issuer = `http://127.0.0.1:${address.port}`;
    const provider = makeProvider(issuer);
    const handle = provider.callback();
    server.on("request", (request, response) => {
      if (request.url === CONTROL_PATH) void control(request, response);
      else handle(request, response);
    });
    process.stdout.write(`${issuer}\n`);
  });
}

function makeProvider(issuer: string): Provider {
  const provider = new Provider(issuer, {
    adapter: (model: string) => storage.adapterFor(model),
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    cookies: { keys: ["a key for the cookies of the tests"] },
    jwks: { keys: [signingKey()] },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: showLogoutForm },
    },
    findAccount: (_: Context, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    interactions: { url: () => "/interaction" },
    issueRefreshToken: () => true,
    loadExistingGrant: grantEverything,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => behaviour.accessTokenSeconds,
      AuthorizationCode: 600,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });
  provider.use(answerInteractions(provider));
  provider.use(watchTokens);
  provider.on("backchannel.success", () => counts.logoutsDelivered++);
  provider.on("backchannel.error", () => counts.logoutsFailed++);
  void setClients();
  return provider;
}

/** Logs in whoever the request names and consents to all. */
function answerInteractions(provider: Provider) {
  return async (context: Context, next: () => Promise<void>) => {
    if (context.path !== "/interaction") return next();
    const { req, res } = context;
    const { params } = await provider.interactionDetails(req, res);
    const result = { login: { accountId: params["login_hint"] }, consent: {} };
    context.redirect(await provider.interactionResult(req, res, result));
  };
}

async function watchTokens(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { route, params = {} } = context.oidc ?? {};
  if (route === "revocation") counts.revocations++;
  if (route !== "token") return;
  const isGranted = context.status === 200;
  if (params["grant_type"] === "refresh_token") countRefresh(params["refresh_token"], isGranted);
  else if (isGranted) counts.codesRedeemed++;
  else counts.codesRefused++;
  if (behaviour.tokenDelayMs === 0) return;
  counts.delayed++;
  await Bun.sleep(behaviour.tokenDelayMs);
  counts.delayed--;
}

function countRefresh(refreshToken: string | undefined, isGranted: boolean): void {
  counts.refreshes++;
  if (isGranted) counts.refreshesGranted++;
  const times = (showings.get(refreshToken ?? "") ?? 0) + 1;
  showings.set(refreshToken ?? "", times);
  counts.mostShowings = Math.max(counts.mostShowings, times);
}

async function grantEverything({ oidc }: Context) {
  if (!oidc) throw new Error("a grant outside of a request");
  const { client, session, provider } = oidc;
  const grantId = client && session?.grantIdFor(client.clientId);
  const earlier =
    behaviour.reusesGrants && grantId ? await provider.Grant.find(grantId) : undefined;
  if (earlier) return earlier;
  const grant = new provider.Grant({
    ...(client ? { clientId: client.clientId } : {}),
    ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
  });
  grant.addOIDCScope("openid offline_access");
  await grant.save();
  return grant;
}

function showLogoutForm(context: { body?: string }, form: string): void {
  context.body = form;
}

async function control(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { behave, forget } = JSON.parse(text) as ProviderControl;
  behaviour = { ...behaviour, ...behave };
  if (behave?.backchannelLogoutUri !== undefined) await setClients();
  if (forget === true) {
    counts = { ...noCounts(), delayed: counts.delayed };
    showings = new Map();
  }
  response.setHeader("content-type", "application/json").end(JSON.stringify(counts));
}

async function setClients(): Promise<void> {
  const clients = storage.adapterFor("Client");
  for (const client of CLIENTS) await clients.upsert(client.id, metadataOf(client));
}

function metadataOf({ id, secret, authentication }: ProviderClient) {
  const { backchannelLogoutUri } = behaviour;
  return {
    client_id: id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    token_endpoint_auth_method: authentication,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [REDIRECT_URI],
    id_token_signed_response_alg: "ES256",
    ...(backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }),
  };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: "of-the-tests" };
}

function noCounts(): { -readonly [K in keyof ProviderCounts]: number } {
  return {
    refreshes: 0,
    refreshesGranted: 0,
    mostShowings: 0,
    codesRedeemed: 0,
    codesRefused: 0,
    revocations: 0,
    logoutsDelivered: 0,
    logoutsFailed: 0,
    delayed: 0,
  };
}

if (import.meta.main) serve();

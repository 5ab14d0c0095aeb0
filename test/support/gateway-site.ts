import { hash, randomUUID } from "node:crypto";
import { Api } from "./api.ts";
import { CADDY } from "./caddy.ts";
import { type RawAnswer, type RawRequest, exchange } from "./exchange.ts";
import { type Gateway, type GatewayRecipe, startGateway } from "./gateway.ts";
import { NGINX } from "./nginx.ts";
import { Program } from "./program.ts";
import { MARKER, type Received, RecordingApplication } from "./recording-application.ts";
import { freePort } from "./redis-server.ts";

/** The gateways whose recipes are run. */
export const GATEWAYS: readonly (readonly [name: string, recipe: GatewayRecipe])[] = [
  ["nginx", NGINX],
  ["Caddy", CADDY],
];

const API_KEY = "key-of-the-application";

/** A session as the application got it when it logged the user in. */
export interface Login {
  readonly userId: string;
  readonly id: string;
  readonly token: string;
  readonly deviceId: string;
}

export interface SiteRequest extends RawRequest {
  /** Shown as the session cookie. */
  readonly cookie?: string;
  /** Shown as Authorization: Bearer. */
  readonly bearer?: string;
}

/** What came of a request to a site: what the client got, and what the application got, if anything. */
export interface SiteOutcome {
  readonly answer: RawAnswer;
  readonly received: Received | undefined;
}

/** A gateway before an application and the real service. */
export class Site implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly service: Program;
  readonly application: RecordingApplication;

  constructor(gateway: Gateway, service: Program, application: RecordingApplication) {
    this.gateway = gateway;
    this.service = service;
    this.application = application;
  }

  /** The service's API as the application calls it: not through the gateway. */
  get api(): Api {
    return new Api(this.service.url, API_KEY);
  }

  async logIn(userId: string, attributes: Readonly<Record<string, unknown>> = {}): Promise<Login> {
    const { status, body } = await this.api.create(userId, attributes);
    if (status !== 201) throw new Error(`create answered ${status}`);
    return {
      userId,
      id: String(body["session_id"]),
      token: String(body["session_token"]),
      deviceId: String(body["device_id"]),
    };
  }

  /** Sends a request to the gateway, and finds it again at the application. */
  async ask(request: SiteRequest): Promise<SiteOutcome> {
    const marker = randomUUID();
    const { cookie, bearer, headers = [] } = request;
    const answer = await exchange(this.gateway.port, {
      ...request,
      headers: [
        [MARKER, marker],
        ...(cookie === undefined ? [] : [["Cookie", `__Host-session=${cookie}`] as const]),
        ...(bearer === undefined ? [] : [["Authorization", `Bearer ${bearer}`] as const]),
        ...headers,
      ],
    });
    const [received, ...repeats] = this.application.marked(marker);
    if (repeats.length > 0) throw new Error("one request reached the application twice");
    return { answer, received };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.service[Symbol.asyncDispose]();
    await this.application[Symbol.asyncDispose]();
  }
}

/** Starts a whole site. `settings` are the service's, beside an API key, and sessions in memory unless they say where. */
export async function startSite(
  recipe: GatewayRecipe,
  settings: Readonly<Record<string, string>> = {},
): Promise<Site> {
  await using started = new AsyncDisposableStack();
  const application = started.use(new RecordingApplication());
  const port = await freePort();
  const backends = { service: `127.0.0.1:${port}`, application: application.address };
  const gateway = started.use(await startGateway(recipe, backends));
  const service = started.use(
    new Program({
      settings: {
        SESSION_PORT: String(port),
        SESSION_API_KEYS: `app:read+write+tokens:${hash("sha256", API_KEY, "hex")}`,
        SESSION_STORE: "memory:",
        SESSION_PUBLIC_ORIGIN: gateway.origin,
        SESSION_TRUSTED_PROXIES: "127.0.0.1",
        ...settings,
      },
    }),
  );
  await service.start();
  started.move();
  return new Site(gateway, service, application);
}

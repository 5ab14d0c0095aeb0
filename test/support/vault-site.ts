import { createHash, randomBytes } from "node:crypto";
import type { SessionClient } from "../../src/client/main.ts";
import { APPLICATION_KEY, applicationClient } from "./keyed-program.ts";
import { issuersSetting } from "./oidc/issuer-settings.ts";
import { type LoginTokens, logInForTokens } from "./oidc/login.ts";
import type { OidcProvider } from "./oidc/oidc-provider.ts";
import { type Program, startProgram } from "./program.ts";

export interface VaultProcessOptions {
  /** SESSION_STORE. */
  readonly store: string;
  readonly issuer: string;
  /** What stands in SESSION_ISSUERS besides. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string>>;
}

const KEYS = `app:read+write+tokens+admin:${createHash("sha256").update(APPLICATION_KEY).digest("hex")}`;
const ENCRYPTION_KEY = randomBytes(32).toString("base64url");

/** The real service with an auth server, and an application's clients of it that never try again. */
export class VaultProcess implements AsyncDisposable {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  /** After a restart it is another, at another port. */
  get client(): SessionClient {
    return applicationClient(this.program.origin, { retry: false, tryTimeoutMs: 30_000 });
  }

  static async start(options: VaultProcessOptions): Promise<VaultProcess> {
    const { store, issuer, more = {}, settings = {} } = options;
    const [entry] = JSON.parse(issuersSetting(issuer)) as readonly object[];
    const program = await startProgram({
      settings: {
        SESSION_STORE: store,
        // Machines that run tests are busy.
        SESSION_STORE_DEADLINE_MS: "10000",
        SESSION_API_KEYS: KEYS,
        SESSION_ENCRYPTION_KEYS: ENCRYPTION_KEY,
        SESSION_ISSUERS: JSON.stringify([{ ...entry, ...more }]),
        ...settings,
      },
    });
    return new VaultProcess(program);
  }

  /** What the log tells of refreshes and revocations: their results, in order. */
  results(event: "refresh" | "revocation"): readonly unknown[] {
    return this.program.lines.filter((line) => line["event"] === event).map((l) => l["result"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

/** A session with tokens of the auth server, whose access token is said to be over. */
export async function createWithTokens(
  client: SessionClient,
  tokens: Pick<LoginTokens, "accessToken" | "refreshToken">,
  user = "anna",
): Promise<string> {
  const { session_id } = await client.create({
    user_id: user,
    issuer: "main",
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expiration_time: 0,
  });
  return session_id;
}

/** Logs `user` in at the auth server, and creates their session. */
export async function logInWithTokens(
  provider: OidcProvider,
  client: SessionClient,
  user = "anna",
): Promise<{ readonly id: string; readonly tokens: LoginTokens }> {
  const tokens = await logInForTokens(provider, user);
  return { id: await createWithTokens(client, tokens, user), tokens };
}

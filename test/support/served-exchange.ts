import type { GrantOutcome } from "../../src/vault/auth-server.ts";
import type { MemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Answer } from "./answer.ts";
import { ScriptedAuthServer } from "./scripted-auth-server.ts";
import { ServedApp } from "./serve-app.ts";

export const VERIFIER = "v".repeat(43);
/** A create with a code to redeem. */
export const LOGIN = {
  user_id: "user007",
  issuer: "main",
  exchange: true,
  auth_code: "the-code",
  redirect_uri: "https://app.example.org/callback",
  code_verifier: VERIFIER,
};

let grants = 0;

/** What the auth server gives: "access-1", "refresh-1", then "access-2", "refresh-2" and so on. */
export function granted(): GrantOutcome {
  grants += 1;
  return {
    outcome: "granted",
    tokens: {
      accessToken: `access-${grants}`,
      tokenType: "Bearer",
      refreshToken: `refresh-${grants}`,
      expiresInSeconds: 600,
      identity: { sub: "alice", sid: "login-1" },
    },
  };
}

/** The API, with an auth server that answers a code as `onRedeem` says. */
export function servedExchange(
  onRedeem: ScriptedAuthServer["onRedeem"] = granted,
  store?: (now: () => number) => MemoryStore,
) {
  grants = 0;
  const server = new ScriptedAuthServer();
  server.onRedeem = onRedeem;
  const app = new ServedApp({ authServer: server, ...(store ? { store } : {}) });
  return { app, server };
}

/** Creates a session by a code. */
export function exchange(app: ServedApp, shown: object = {}, headers = {}): Promise<Answer> {
  return app.send("POST", "/a01/session", { body: { ...LOGIN, ...shown }, headers });
}

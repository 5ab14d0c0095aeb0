import type {
  ClientAuthentication,
  IssuerSettings,
} from "../../../src/vault/oidc/issuer-settings.ts";
import { BASIC_CLIENT, type ProviderClient } from "./provider-state.ts";

/** What this service needs to know of an auth server of the tests that it knows as `client`. */
export function issuerSettings(
  issuer: string,
  client: ProviderClient = BASIC_CLIENT,
): IssuerSettings {
  return {
    name: "main",
    issuer,
    clientId: client.id,
    authentication: authenticationOf(client),
    finalErrors: [],
    logoutAlgorithms: ["ES256"],
    timeoutMs: 2000,
  };
}

/** SESSION_ISSUERS for the same, under the name "main". */
export function issuersSetting(issuer: string, client: ProviderClient = BASIC_CLIENT): string {
  const { id, secret, authentication } = client;
  const entry = { name: "main", issuer, client_id: id, client_auth: authentication };
  return JSON.stringify([secret === undefined ? entry : { ...entry, client_secret: secret }]);
}

function authenticationOf({ authentication, secret }: ProviderClient): ClientAuthentication {
  if (authentication === "none") return { method: "none" };
  return { method: authentication, secret: secret ?? "" };
}

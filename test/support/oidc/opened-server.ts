import type { IssuerSettings } from "../../../src/vault/oidc/issuer-settings.ts";
import { openIssuer } from "../../../src/vault/oidc/open-issuer.ts";
import type { FaultyProvider } from "./faulty-provider.ts";
import { issuerSettings } from "./issuer-settings.ts";

/** The service's side of `provider`. `misconfigured` collects what an operator is told. */
export function openedServer(provider: FaultyProvider, shown: Partial<IssuerSettings> = {}) {
  const misconfigured: string[] = [];
  const settings = { ...issuerSettings(provider.issuer), ...shown };
  const { server } = openIssuer(settings, {
    fetch,
    elapsed: () => performance.now(),
    onMisconfigured: (reason) => misconfigured.push(reason),
  });
  return { server, misconfigured };
}

/** What a provider without discovery is known by. */
export function fixedEndpoints(provider: FaultyProvider): Partial<IssuerSettings> {
  const { tokenEndpoint, revocationEndpoint } = provider;
  return { tokenEndpoint, revocationEndpoint };
}

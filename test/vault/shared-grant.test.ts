import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Login, logIn } from "../support/oidc/login.ts";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { until } from "../support/until.ts";
import { VaultProcess } from "../support/vault-site.ts";

const SOON = { withinMs: 30_000 };

setDefaultTimeout(60_000);

let provider: OidcProvider;
let service: VaultProcess;

beforeAll(async () => {
  const backchannelLogoutUri = "http://127.0.0.1:9/backchannel-logout";
  provider = await OidcProvider.start({ reusesGrants: true, backchannelLogoutUri });
  service = await VaultProcess.start({ store: "memory:", issuer: provider.issuer });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await provider.stop();
});

describe("two logins of one browser that the auth server gives one grant", () => {
  test("on the same device: the session that is replaced does not take the new one's tokens along", async () => {
    const login = await logIn(provider, "anna");
    const first = await exchange(login, "anna");
    // So that the next call refreshes.
    await provider.behave({ accessTokenSeconds: 1 });
    const again = await logIn(provider, "anna", { cookies: login.cookies });
    const second = await exchange(again, "anna", { replace_device: true });
    await told("kept");
    expect(await service.client.get(first)).toBeUndefined();
    expect(await isRefreshed(second)).toBe(true);
  });

  test("closed one after the other: the last close revokes", async () => {
    const login = await logIn(provider, "bert");
    const first = await exchange(login, "bert");
    const again = await logIn(provider, "bert", { cookies: login.cookies });
    const second = await exchange(again, "bert", { device_id: "phone" });
    const kept = count("kept");
    expect(await service.client.close(first)).toBe("closed");
    await until(() => count("kept") > kept, { what: "the grant is kept", ...SOON });
    const token = (await service.client.accessToken(second))?.access_token ?? "";
    expect(await provider.isActive(token)).toBe(true);
    expect(await service.client.close(second)).toBe("closed");
    await dead(token);
  });

  test("closed together: the grant is revoked", async () => {
    const login = await logIn(provider, "cleo");
    const first = await exchange(login, "cleo");
    const again = await logIn(provider, "cleo", { cookies: login.cookies });
    await exchange(again, "cleo", { device_id: "phone" });
    const token = (await service.client.accessToken(first))?.access_token ?? "";
    expect(await provider.isActive(token)).toBe(true);
    expect((await service.client.closeAll("cleo")).closed).toBe(2);
    await dead(token);
  });
});

/** Creates a session with the code of the login. Its id. */
async function exchange(
  { code, redirectUri, codeVerifier }: Login,
  user: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { session_id } = await service.client.create({
    user_id: user,
    device_id: "laptop",
    issuer: "main",
    exchange: true,
    auth_code: code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    ...more,
  });
  return session_id;
}

/** Whether the session's tokens can be refreshed, and the auth server takes what comes of it. */
async function isRefreshed(id: string): Promise<boolean> {
  const before = (await provider.behave({ accessTokenSeconds: 3600 })).refreshesGranted;
  const answer = await service.client.accessToken(id);
  expect((await provider.counts()).refreshesGranted).toBe(before + 1);
  return provider.isActive(answer?.access_token ?? "");
}

function count(result: string): number {
  return service.results("revocation").filter((each) => each === result).length;
}

async function told(result: string): Promise<void> {
  await until(() => count(result) > 0, { what: `a revocation: ${result}`, ...SOON });
}

async function dead(token: string): Promise<void> {
  await until(async () => !(await provider.isActive(token)), { what: "no token lives", ...SOON });
}

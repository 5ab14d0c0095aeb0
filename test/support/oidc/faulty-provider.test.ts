import { describe, expect, test } from "bun:test";
import { rejectionOf } from "../rejection.ts";
import { FaultyProvider } from "./faulty-provider.ts";

const REFRESH = { method: "POST", body: "grant_type=refresh_token&refresh_token=a" };

describe("the faulty auth server", () => {
  test("hands out tokens never seen before, and keeps what it was sent", async () => {
    await using provider = await FaultyProvider.start();
    const first = await (await fetch(provider.tokenEndpoint, REFRESH)).json();
    const second = await (await fetch(provider.tokenEndpoint, REFRESH)).json();
    expect(second).not.toEqual(first);
    expect(provider.seenAt("/token").map(({ form }) => form.get("refresh_token"))).toEqual([
      "a",
      "a",
    ]);
  });

  test("fails the next requests as told, then works again", async () => {
    await using provider = await FaultyProvider.start();
    provider.next("/token", { kind: "answer", status: 500 }, { kind: "reset" });
    expect((await fetch(provider.tokenEndpoint, REFRESH)).status).toBe(500);
    expect(String(await rejectionOf(fetch(provider.tokenEndpoint, REFRESH)))).toContain("closed");
    expect((await fetch(provider.tokenEndpoint, REFRESH)).status).toBe(200);
    expect(provider.handedOut).toHaveLength(2);
  });

  test.each(["hang", "drip"] as const)("never ends an answer: %s", async (kind) => {
    await using provider = await FaultyProvider.start();
    provider.behave("/token", { kind });
    const signal = AbortSignal.timeout(300);
    const answer = fetch(provider.tokenEndpoint, { ...REFRESH, signal }).then((it) => it.text());
    expect(String(await rejectionOf(answer))).toContain("timed out");
  });

  test("cuts the connection in the middle of an answer", async () => {
    await using provider = await FaultyProvider.start();
    provider.behave("/token", { kind: "reset_midway" });
    const response = await fetch(provider.tokenEndpoint, REFRESH);
    expect(String(await rejectionOf(response.text()))).toContain("closed");
  });

  test("refuses connections and takes them again", async () => {
    await using provider = await FaultyProvider.start();
    await provider.refuse();
    expect(String(await rejectionOf(fetch(provider.tokenEndpoint, REFRESH)))).toContain("connect");
    await provider.accept();
    expect((await fetch(provider.tokenEndpoint, REFRESH)).status).toBe(200);
  });
});

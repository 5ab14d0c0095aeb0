import { randomBytes } from "node:crypto";
import { describe, expect, test } from "bun:test";
import {
  GATEWAYS,
  type Login,
  type Site,
  type SiteRequest,
  startSite,
} from "../support/gateway-site.ts";
import { startGateway } from "../support/gateway.ts";
import { exchange } from "../support/exchange.ts";
import { RecordingApplication } from "../support/recording-application.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

/** Tokens that were never given out. */
function forged(token: string, id: string): readonly string[] {
  return [
    token.slice(0, -1),
    token.slice(0, 26) + randomBytes(32).toString("base64url"),
    `smt_${randomBytes(48).toString("base64url")}`,
    `${token}A`,
    token.replace("smt_", "SMT_"),
    id,
    "smt_",
    "x".repeat(4096),
  ];
}

async function expectDenied(site: Site, request: SiteRequest, statuses: readonly number[]) {
  const { answer, received } = await site.ask(request);
  expect(received).toBeUndefined();
  expect(statuses).toContain(answer.status);
  return answer;
}

describe.each(GATEWAYS)("%s", (_name, recipe) => {
  test("lets a live session in, shown by cookie or bearer, with any method and the whole body", async () => {
    await using site = await startSite(recipe);
    const { token } = await site.logIn("user007");
    const body = randomBytes(1_000_000);
    for (const shown of [{ cookie: token }, { bearer: token }]) {
      for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]) {
        const hasBody = method.startsWith("P");
        const request = { ...shown, method, target: "/reports?year=2026" };
        const { answer, received } = await site.ask(hasBody ? { ...request, body } : request);
        expect(answer.status).toBe(200);
        expect(received).toMatchObject({ method, bodyBytes: hasBody ? body.length : 0 });
      }
    }
  });

  test("answers 401 with a challenge to no token, a closed one, forged ones, and two that differ", async () => {
    await using site = await startSite(recipe);
    const { token, id } = await site.logIn("user007");
    const closed = await site.logIn("user007");
    await site.api.close(closed.id);
    const refused: readonly Omit<SiteRequest, "target">[] = [
      {},
      { cookie: closed.token },
      { bearer: closed.token },
      { cookie: token, bearer: closed.token },
      { headers: [["Cookie", `__Host-session=${token}; __Host-session=${closed.token}`]] },
      ...forged(token, id).map((cookie) => ({ cookie })),
      ...forged(token, id).map((bearer) => ({ bearer })),
    ];
    for (const shown of refused) {
      const answer = await expectDenied(site, { ...shown, target: "/" }, [401]);
      expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("lets exactly the live ones of 200 requests through, each with its own session's headers only", async () => {
    await using site = await startSite(recipe);
    const logins = await Promise.all(
      Array.from({ length: 20 }, (_, i) => site.logIn(`user-${i}`, { device_id: `device-${i}` })),
    );
    const [live, closed] = [logins.slice(0, 10), logins.slice(10)];
    for (const { id } of closed) await site.api.close(id);
    const shown: { token: string; login?: Login }[] = [
      ...live.flatMap((login) => Array.from({ length: 8 }, () => ({ token: login.token, login }))),
      ...closed.flatMap(({ token }) => Array.from({ length: 4 }, () => ({ token }))),
      ...live.flatMap(({ token, id }) => forged(token, id).map((forgery) => ({ token: forgery }))),
    ];
    expect(shown).toHaveLength(200);

    await inTurns(shuffled(shown), 10, async ({ token, login }, at) => {
      const request = at % 2 === 0 ? { cookie: token } : { bearer: token };
      const { answer, received } = await site.ask({ ...request, target: `/page/${at}` });
      expect(answer.status).toBe(login === undefined ? 401 : 200);
      expect(identityIn(received?.headers)).toEqual(
        login && { user: login.userId, id: login.id, device: login.deviceId },
      );
    });

    expect(site.application.received).toHaveLength(80);
    const seen = JSON.stringify(site.application.received) + (await site.gateway.log());
    for (const { token } of logins) expect(seen).not.toContain(token.slice(26));
  });

  test("denies while the service is frozen or down, at once, and lets in again afterwards", async () => {
    await using site = await startSite(recipe, { SESSION_STORE: "sqlite:sessions.db" });
    const { token } = await site.logIn("user007");
    const request = { cookie: token, target: "/" };

    site.service.signal("SIGSTOP");
    const frozen = performance.now();
    await expectDenied(site, request, [502, 503, 504]);
    await expectDenied(site, { ...request, headers: [["Accept", "text/html"]] }, [502, 503, 504]);
    expect(performance.now() - frozen).toBeLessThan(5000);
    site.service.signal("SIGCONT");
    await until(async () => (await site.ask(request)).received !== undefined, {
      what: "the session is let in again",
      withinMs: 5000,
    });

    await site.service.kill();
    await expectDenied(site, request, [502, 503, 504]);
    await expectDenied(site, { target: "/" }, [502, 503, 504]);
    await site.service.start();
    expect((await site.ask(request)).answer.status).toBe(200);
    expect(await site.gateway.log()).not.toContain(token.slice(26));
  });

  test("denies at once while the store is frozen", async () => {
    await using redis = await startRedisServer();
    await using site = await startSite(recipe, { SESSION_STORE: redis.url });
    const { token } = await site.logIn("user007");
    redis.pause();
    const started = performance.now();
    const answer = await expectDenied(site, { cookie: token, target: "/" }, [503]);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(answer.headers.get("retry-after")).toBe("1");
    redis.resume();
  });

  test("is not opened by another server that answers 200 where the service should be", async () => {
    await using application = new RecordingApplication();
    const { address } = application;
    await using gateway = await startGateway(recipe, { service: address, application: address });
    const { status } = await exchange(gateway.port, { target: "/" });
    expect(status).toBe(503);
    // It was asked as the service, and not as the application.
    expect(application.received).toHaveLength(1);
  });
});

/** Our identity headers, without their prefix and without empty ones. */
function identityIn(headers: Readonly<Record<string, string>> | undefined) {
  if (headers === undefined) return undefined;
  const ours = Object.entries(headers).filter(([name]) => /session/i.test(name));
  return Object.fromEntries(
    ours
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name.replace("x-session-", ""), value]),
  );
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) await work(item, at);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { issuersSetting } from "../support/oidc/issuer-settings.ts";
import { logInForTokens } from "../support/oidc/login.ts";
import { OidcProvider } from "../support/oidc/oidc-provider.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { SpanCollector } from "../support/span-collector.ts";
import { PARENT_ID, SAMPLED, TRACE_ID, startTraced } from "../support/traced-program.ts";

setDefaultTimeout(60_000);

const NOT_SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` };
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;

describe("with an OpenTelemetry collector", () => {
  test("a request is a span under its caller's, and the store's calls are spans under it", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint);
    await new Api(program.url).call("POST", "/session", {
      body: { user_id: "user007" },
      headers: SAMPLED,
    });
    const request = await collector.spanNamed("POST /a01/session");
    const insert = await collector.spanNamed("store insert");
    expect(request).toMatchObject({
      traceId: TRACE_ID,
      parentSpanId: PARENT_ID,
      kind: SERVER,
      attributes: {
        "http.request.method": "POST",
        "http.route": "/a01/session",
        "http.response.status_code": 201,
      },
    });
    expect(insert).toMatchObject({
      traceId: TRACE_ID,
      parentSpanId: request.spanId,
      kind: CLIENT,
      attributes: { "db.system.name": "memory", "db.operation.name": "insert" },
    });
  });

  test("a request without traceparent begins a trace, and its log lines name it", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint);
    await new Api(program.url).create("user007");
    const request = await collector.spanNamed("POST /a01/session");
    expect(request.parentSpanId ?? "").toBe("");
    await program.stop();
    const ofTrace = program.lines.filter((line) => line["trace_id"] === request.traceId);
    expect(ofTrace.map((line) => line["event"])).toEqual(["session_created", "request"]);
    expect(ofTrace.at(-1)?.["span_id"]).toBe(request.spanId);
    expect(program.lines.find((line) => line["event"] === "ready")).not.toHaveProperty("trace_id");
  });

  test("spans hold no token, code, email, user, path or query", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint);
    const api = new Api(program.url);
    const secrets = {
      device_id: "secret-device",
      auth_code: "secret-code",
      access_token: "secret-access",
      refresh_token: "secret-refresh",
      user_email: "secret@example.org",
    };
    const { body } = await api.create("secret-user", secrets);
    await api.update(String(body["session_id"]), { access_token: "secret-second" });
    await api.list("secret-user");
    const check = await api.call("GET", "/check/secret-path?secret=query", {
      headers: { authorization: `Bearer ${String(body["session_token"])}` },
    });
    expect(check.status).toBe(200);
    await collector.spanNamed("GET /a01/check");
    const sent = collector.bodies.join();
    expect(sent).toContain(String(body["session_id"]));
    expect(sent).not.toContain("secret");
    expect(sent).not.toContain("smt_");
    expect(sent).not.toContain(String(body["session_token"]).slice(30));
  });

  test("questions how the service is leave no trace", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint);
    for (const path of ["/health/live", "/health/ready", "/metrics"])
      await fetch(program.origin + path);
    await new Api(program.url).get("no-session");
    await collector.spanNamed("GET /a01/session/{id}");
    expect(collector.spans).toHaveLength(1);
  });

  test("a caller that keeps no trace keeps none here, and still finds its trace in the log", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint);
    const api = new Api(program.url);
    await api.call("POST", "/session", { body: { user_id: "u" }, headers: NOT_SAMPLED });
    await api.create("another");
    await collector.spanNamed("store insert");
    expect(collector.spans.map(({ traceId }) => traceId)).not.toContain(TRACE_ID);
    await program.stop();
    expect(program.lines.some((line) => line["trace_id"] === TRACE_ID)).toBe(true);
  });

  test("a store that is away is an error of the call and of the request", async () => {
    await using collector = new SpanCollector();
    await using redis = await startRedisServer();
    await using program = await startTraced(collector.endpoint, { SESSION_STORE: redis.url });
    await redis.kill();
    expect((await new Api(program.url).create("user007")).status).toBe(503);
    const failed = { status: { code: ERROR } };
    expect(await collector.spanNamed("store insert")).toMatchObject({
      ...failed,
      attributes: { "db.system.name": "redis", "error.type": "store_unavailable" },
    });
    expect(await collector.spanNamed("POST /a01/session")).toMatchObject({
      ...failed,
      attributes: { "error.type": "503", "session_manager.code": "store_unavailable" },
    });
  });

  test("a refresh at an auth server is a span under the request that needed it", async () => {
    await using collector = new SpanCollector();
    await using provider = await OidcProvider.start();
    const { sub, sid, ...tokens } = await logInForTokens(provider, "anna");
    await using program = await startTraced(collector.endpoint, {
      SESSION_ISSUERS: issuersSetting(provider.issuer),
    });
    const api = new Api(program.url);
    const { body } = await api.create("anna", {
      issuer: "main",
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      expiration_time: 0,
      sub,
      sid,
    });
    const path = `/session/${String(body["session_id"])}/access-token`;
    expect((await api.call("POST", path, { headers: SAMPLED })).status).toBe(200);
    const request = await collector.spanNamed("POST /a01/session/{id}/access-token");
    const refresh = await collector.spanNamed("POST");
    expect(refresh).toMatchObject({
      traceId: TRACE_ID,
      parentSpanId: request.spanId,
      kind: CLIENT,
      attributes: { "server.address": "127.0.0.1", "http.response.status_code": 200 },
    });
    for (const secret of [tokens.accessToken, tokens.refreshToken])
      expect(collector.bodies.join()).not.toContain(secret);
  });

  test("it is told the service's name, its version, and what it wants to see", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint, {
      OTEL_SERVICE_NAME: "sessions-of-shop",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a%20b",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-collector",
    });
    await new Api(program.url).create("user007");
    await collector.spanNamed("store insert");
    expect(collector.resource).toMatchObject({
      "service.name": "sessions-of-shop",
      "service.version": expect.stringMatching(/^\d+\./),
      "deployment.environment.name": "test",
      team: "a b",
    });
    const [first] = collector.requests;
    expect(first?.path).toBe("/v1/traces");
    expect(first?.headers.get("authorization")).toBe("Bearer of-the-collector");
    expect(program.stdout + program.stderr).not.toContain("of-the-collector");
  });

  test("a stop sends what is waiting", async () => {
    await using collector = new SpanCollector();
    await using program = await startTraced(collector.endpoint, {
      OTEL_BSP_SCHEDULE_DELAY: "60000",
    });
    await new Api(program.url).create("user007");
    expect(collector.spans).toEqual([]);
    expect(await program.stop()).toBe(0);
    expect(collector.spans.map(({ name }) => name).toSorted()).toEqual([
      "POST /a01/session",
      "store insert",
    ]);
  });
});

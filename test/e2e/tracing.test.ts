import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:net";
import { Api } from "../support/api.ts";
import { type Program, startProgram } from "../support/program.ts";
import { freePort, startRedisServer } from "../support/redis-server.ts";
import { SpanCollector } from "../support/span-collector.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID = "00f067aa0ba902b7";
const SAMPLED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
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

describe("with a collector", () => {
  test("that is down, requests are answered as ever, and one line says that spans are lost", async () => {
    await using program = await startTraced(`http://127.0.0.1:${await freePort()}`, {
      OTEL_EXPORTER_OTLP_TIMEOUT: "100",
    });
    const lost = () => program.lines.filter(({ event }) => event === "tracing_unreachable");
    const api = new Api(program.url);
    await until(
      async () => {
        expect((await api.create("user007")).status).toBe(201);
        return lost().length > 0;
      },
      { what: "a line says that spans are lost", withinMs: 15_000, everyMs: 50 },
    );
    for (let i = 0; i < 5; i++) expect((await api.create("user007")).status).toBe(201);
    expect(lost()).toHaveLength(1);
    expect(await program.stop()).toBe(0);
  });

  test("that answers nothing, a stop does not wait for it", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await until(() => silent.address() !== null, { what: "it listens", withinMs: 5000 });
    const { port } = silent.address() as { port: number };
    await using program = await startTraced(`http://127.0.0.1:${port}`);
    expect((await new Api(program.url).create("user007")).status).toBe(201);
    const startedAt = performance.now();
    expect(await program.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(6000);
    silent.close();
  });
});

test("without a collector a traceparent leaves no mark", async () => {
  await using program = await startProgram({ settings: { SESSION_STORE: "memory:" } });
  await new Api(program.url).call("POST", "/session", {
    body: { user_id: "u" },
    headers: SAMPLED,
  });
  expect(program.stdout).toContain("session_created");
  expect(program.stdout).not.toContain("trace_id");
});

function startTraced(
  endpoint: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  return startProgram({
    settings: {
      SESSION_STORE: "memory:",
      SESSION_LOG_LEVEL: "debug",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      // The library's own variable: how long spans wait for others to go with.
      OTEL_BSP_SCHEDULE_DELAY: "20",
      ...settings,
    },
  });
}

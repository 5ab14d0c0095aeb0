import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SpanCollector } from "../../test/support/span-collector.ts";
import { startTracing } from "./start-tracing.ts";
import { tracedFetch } from "./traced-fetch.ts";
import type { Tracing } from "./tracing.ts";

const CLIENT = 3;
const ERROR = 2;

describe("a request to an auth server", () => {
  const seen: Headers[] = [];
  let authServer: Bun.Server<undefined>;

  beforeAll(() => {
    authServer = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        seen.push(request.headers);
        const isRefused = request.url.includes("refused");
        return new Response("{}", { status: isRefused ? 400 : 200 });
      },
    });
  });
  afterAll(() => authServer.stop(true));

  const at = (path: string) => `http://127.0.0.1:${authServer.port}${path}`;

  test("carries the present trace on, and is a span of it that names the host alone", async () => {
    await using collector = new SpanCollector();
    const tracing = await aTracing(collector);
    const send = tracedFetch(tracing, fetch);
    await tracing.request({ method: "POST", headers: new Headers() }, () =>
      send(at("/token/of-secret?code=secret"), {
        method: "POST",
        body: "refresh_token=secret",
        headers: { "x-own": "1" },
      }),
    );
    await tracing.close();
    const [call, request] = collector.spans;
    expect(call).toMatchObject({
      name: "POST",
      kind: CLIENT,
      traceId: request?.traceId,
      parentSpanId: request?.spanId,
      attributes: {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": authServer.port,
        "http.response.status_code": 200,
      },
    });
    expect(seen.at(-1)?.get("traceparent")).toBe(`00-${call?.traceId}-${call?.spanId}-01`);
    expect(seen.at(-1)?.get("x-own")).toBe("1");
    expect(collector.bodies.join()).not.toContain("secret");
  });

  test("outside a request begins a trace of its own", async () => {
    await using collector = new SpanCollector();
    const tracing = await aTracing(collector);
    await tracedFetch(tracing, fetch)(at("/revoke"));
    await tracing.close();
    expect(collector.spans.map(({ parentSpanId }) => parentSpanId ?? "")).toEqual([""]);
  });

  test("that is refused, or reaches nobody, is a failed span", async () => {
    await using collector = new SpanCollector();
    const tracing = await aTracing(collector);
    const send = tracedFetch(tracing, fetch);
    expect((await send(at("/refused"))).status).toBe(400);
    expect(send("http://127.0.0.1:1/")).rejects.toThrow();
    await send("http://127.0.0.1:1/").catch(() => {});
    await tracing.close();
    expect(collector.spans.map(({ status }) => status.code)).toEqual([ERROR, ERROR, ERROR]);
    expect(collector.spans[0]?.attributes["error.type"]).toBe("400");
  });
});

function aTracing(collector: SpanCollector): Promise<Tracing> {
  const plan = {
    url: `${collector.endpoint}/v1/traces`,
    headers: {},
    serviceName: "sessions",
    resource: {},
    sampler: { name: "always_on", ratio: 1 },
  } as const;
  return startTracing(plan, { version: "1.2.3", instanceId: "a", onNews: () => {} });
}

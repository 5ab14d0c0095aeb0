import { describe, expect, test } from "bun:test";
import { type ConfigOutcome, readConfig } from "../config.ts";
import type { TracingPlan } from "../tracing/tracing.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

describe("tracing", () => {
  test("is off unless an endpoint is set, and when OpenTelemetry is disabled", () => {
    expect(planOf({})).toBeUndefined();
    expect(planOf({ OTEL_SERVICE_NAME: "x" })).toBeUndefined();
    expect(planOf({ ...ENDPOINT, OTEL_SDK_DISABLED: "true" })).toBeUndefined();
  });

  test("sends to /v1/traces below the endpoint, or to the endpoint of traces as it is", () => {
    expect(planOf(ENDPOINT)?.url).toBe("http://collector:4318/v1/traces");
    expect(planOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://x.example/otlp/" })?.url).toBe(
      "https://x.example/otlp/v1/traces",
    );
    const traces = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://other:1/in" };
    expect(planOf(traces)?.url).toBe("http://other:1/in");
  });

  test("keeps all requests that no caller leaves out, unless the sampler says otherwise", () => {
    expect(planOf(ENDPOINT)).toMatchObject({
      serviceName: "session-manager",
      headers: {},
      resource: {},
      sampler: { name: "parentbased_always_on", ratio: 1 },
    });
    const sampled = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
    expect(planOf({ ...ENDPOINT, ...sampled })?.sampler).toEqual({
      name: "traceidratio",
      ratio: 0.25,
    });
  });

  test("reads lists of pairs with percent-encoded values", () => {
    const headers = "authorization=Basic%20YTpi, x-scope=a=b";
    expect(planOf({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: headers })?.headers).toEqual({
      authorization: "Basic YTpi",
      "x-scope": "a=b",
    });
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "OTEL_EXPORTER_OTLP_PROTOCOL"],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER: "some" }, "OTEL_TRACES_SAMPLER"],
    [{ ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: "2" }, "OTEL_TRACES_SAMPLER_ARG"],
    [{ ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: "team" }, "OTEL_RESOURCE_ATTRIBUTES"],
  ])("refuses %p, naming the setting", (environment, name) => {
    expect(mistakesOf(readConfig({ environment }))[0]).toStartWith(`${name}: `);
  });

  test("never shows a collector's secret", () => {
    const environment = { ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: "hunter2" };
    const [mistake = "", ...more] = mistakesOf(readConfig({ environment }));
    expect(more).toEqual([]);
    expect(mistake).toStartWith("OTEL_EXPORTER_OTLP_HEADERS: is not such a list");
    expect(mistake).not.toContain("hunter2");
  });
});

function planOf(environment: Readonly<Record<string, string>>): TracingPlan | undefined {
  const outcome = readConfig({ environment });
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.join());
  return outcome.config.tracing;
}

function mistakesOf(outcome: ConfigOutcome): readonly string[] {
  return "mistakes" in outcome ? outcome.mistakes : [];
}

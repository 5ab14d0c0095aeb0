import { SAMPLERS, type SamplerPlan, type TracingPlan } from "../tracing/tracing.ts";
import type { SettingReader } from "./setting-reader.ts";

/** What the OTEL_ settings say. Without an endpoint there is no tracing, and the others are not looked at. */
export function readTracing(reader: SettingReader): { readonly tracing?: TracingPlan } {
  if (reader.text("OTEL_SDK_DISABLED") === "true") return {};
  const url = readUrl(reader);
  if (url === undefined) return {};
  reader.choice("OTEL_EXPORTER_OTLP_PROTOCOL", ["http/json", "http/protobuf"]);
  return {
    tracing: {
      url,
      headers: readPairs(reader, "OTEL_EXPORTER_OTLP_HEADERS"),
      serviceName: reader.text("OTEL_SERVICE_NAME") ?? "",
      resource: readPairs(reader, "OTEL_RESOURCE_ATTRIBUTES"),
      sampler: readSampler(reader),
    },
  };
}

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

function readUrl(reader: SettingReader): string | undefined {
  const name = reader.isSet(TRACES_ENDPOINT) ? TRACES_ENDPOINT : ENDPOINT;
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isGood = url !== null && /^https?:$/.test(url.protocol) && url.username === "";
  if (!isGood) reader.refuse(name, "is not an address", "http://host:4318 or https://host");
  return name === TRACES_ENDPOINT ? text : `${text.replace(/\/+$/, "")}/v1/traces`;
}

/** As W3C Baggage writes them: commas between pairs, values percent-encoded. */
function readPairs(
  reader: SettingReader,
  name: "OTEL_EXPORTER_OTLP_HEADERS" | "OTEL_RESOURCE_ATTRIBUTES",
): Readonly<Record<string, string>> {
  const text = reader.text(name) ?? "";
  try {
    return Object.fromEntries(text.split(",").filter(Boolean).map(readPair));
  } catch {
    reader.refuse(name, "is not such a list", "name=value,name=value, values percent-encoded");
    return {};
  }
}

function readPair(text: string): readonly [string, string] {
  const [, name, value] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error("no pair");
  return [name, decodeURIComponent(value)];
}

function readSampler(reader: SettingReader): SamplerPlan {
  const name = reader.choice("OTEL_TRACES_SAMPLER", SAMPLERS) ?? SAMPLERS[0];
  const text = reader.text("OTEL_TRACES_SAMPLER_ARG") ?? "";
  const ratio = Number(text);
  const isGood = /^[\d.]+$/.test(text) && ratio >= 0 && ratio <= 1;
  if (!isGood) reader.refuse("OTEL_TRACES_SAMPLER_ARG", "is not such a number", "0 to 1");
  return { name, ratio: isGood ? ratio : 1 };
}

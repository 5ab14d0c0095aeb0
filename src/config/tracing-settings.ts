import { SAMPLERS } from "../tracing/tracing.ts";

/** The settings of tracing, by the names that OpenTelemetry gave them. */
export const TRACING_SETTINGS = [
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    about:
      "Where an OpenTelemetry collector takes OTLP over HTTP, such as http://collector:4318: turns tracing on. Spans go to /v1/traces there.",
  },
  {
    name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    about: "The same for spans alone, with the whole path. Wins.",
  },
  {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    secret: true,
    about: "Headers that the collector wants: name=value,name=value, values percent-encoded.",
  },
  {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    default: "http/json",
    choices: ["http/json", "http/protobuf"],
    about: "Spans go as JSON either way, which collectors take at the same address. Not gRPC.",
  },
  {
    name: "OTEL_SERVICE_NAME",
    default: "session-manager",
    about: "What traces call this service.",
  },
  {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    about: "What else spans tell of this process: name=value,name=value.",
  },
  {
    name: "OTEL_TRACES_SAMPLER",
    default: "parentbased_always_on",
    choices: SAMPLERS,
    about: "Which requests are traced. With parentbased the caller's traceparent decides.",
  },
  {
    name: "OTEL_TRACES_SAMPLER_ARG",
    default: "1",
    about: "For traceidratio: which part of the traces is kept, from 0 to 1.",
  },
  {
    name: "OTEL_SDK_DISABLED",
    default: "false",
    choices: ["true", "false"],
    about: "true: no tracing, whatever else is set.",
  },
] as const;

import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { ReportingExporter } from "./reporting-exporter.ts";
import { samplerFor } from "./sampler.ts";
import type { TracingParts } from "./start-tracing.ts";
import type { AnsweredRequest, CalledPart, OpenSpan, Tracing, TracingPlan } from "./tracing.ts";

/** How long the end of the service may wait for the collector. */
const CLOSE_MS = 1000;
const UNMATCHED = "unmatched";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Tracing by OpenTelemetry. Spans wait in a queue of bounded size and go out in batches; what does not fit, or cannot
 * be sent, is dropped. Nothing is registered globally: several may live in one process.
 */
export class OpenTelemetry implements Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #contexts = new AsyncLocalStorageContextManager().enable();
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(plan: TracingPlan, { version, instanceId, onNews }: TracingParts) {
    const exporter = new OTLPTraceExporter({ url: plan.url, headers: { ...plan.headers } });
    this.#provider = new BasicTracerProvider({
      sampler: samplerFor(plan.sampler),
      resource: resourceFromAttributes({
        "service.version": version,
        "service.instance.id": instanceId,
        ...plan.resource,
        "service.name": plan.serviceName,
      }),
      spanProcessors: [new BatchSpanProcessor(new ReportingExporter(exporter, onNews))],
    });
    this.#tracer = this.#provider.getTracer("session-manager", version);
  }

  request(
    incoming: { readonly method: string; readonly headers: Headers },
    answer: () => Promise<Response>,
  ): Promise<Response> {
    const parent = this.#propagator.extract(ROOT_CONTEXT, incoming.headers, FROM_HEADERS);
    const method = METHODS.has(incoming.method) ? incoming.method : "_OTHER";
    const attributes = { "http.request.method": method };
    return this.#within(parent, method, SpanKind.SERVER, attributes, async (span) => {
      const response = await answer();
      span.setAttribute("http.response.status_code", response.status);
      if (response.status >= 500) fail(span, String(response.status));
      return response;
    });
  }

  answered({ requestId, method, route, caller, code }: AnsweredRequest): void {
    const span = trace.getSpan(this.#contexts.active());
    if (span === undefined) return;
    span.setAttribute("session_manager.request_id", requestId);
    if (route !== UNMATCHED) {
      span.updateName(`${method} ${route}`);
      span.setAttribute("http.route", route);
    }
    if (caller !== undefined) span.setAttribute("session_manager.caller", caller);
    if (code !== undefined) span.setAttribute("session_manager.code", code);
  }

  call<T>(called: CalledPart, run: (span: OpenSpan) => Promise<T>): Promise<T> {
    const active = this.#contexts.active();
    if (!called.isAlwaysTold && trace.getSpan(active) === undefined) return run(NO_SPAN);
    const { name, attributes, nameOfFault } = called;
    return this.#within(active, name, SpanKind.CLIENT, attributes, async (span) => {
      try {
        return await run(this.#open(span));
      } catch (error) {
        fail(span, nameOfFault(error));
        throw error;
      }
    });
  }

  present(): { readonly trace_id: string; readonly span_id: string } | undefined {
    const context = trace.getSpanContext(this.#contexts.active());
    if (context === undefined || !isSpanContextValid(context)) return undefined;
    return { trace_id: context.traceId, span_id: context.spanId };
  }

  async close(): Promise<void> {
    const sent = this.#provider.shutdown().catch(() => {});
    await Promise.race([sent, Bun.sleep(CLOSE_MS)]);
    this.#contexts.disable();
  }

  async #within<T>(
    parent: Context,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    run: (span: Span) => Promise<T>,
  ): Promise<T> {
    const span = this.#tracer.startSpan(name, { kind, attributes }, parent);
    try {
      return await this.#contexts.with(trace.setSpan(parent, span), () => run(span));
    } finally {
      span.end();
    }
  }

  #open(span: Span): OpenSpan {
    const context = trace.setSpan(this.#contexts.active(), span);
    return {
      set: (name, value) => void span.setAttribute(name, value),
      fail: (reason) => fail(span, reason),
      carryInto: (headers) => this.#propagator.inject(context, headers, INTO_HEADERS),
    };
  }
}

function fail(span: Span, reason: string): void {
  span.setAttribute("error.type", reason).setStatus({ code: SpanStatusCode.ERROR });
}

const NO_SPAN: OpenSpan = { set: () => {}, fail: () => {}, carryInto: () => {} };

const FROM_HEADERS = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
};
const INTO_HEADERS = {
  set: (headers: Headers, name: string, value: string) => headers.set(name, value),
};

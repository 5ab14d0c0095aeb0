/** Where spans go and which are kept, as the OTEL_ settings say. */
export interface TracingPlan {
  /** Where OTLP over HTTP is taken, with its path. */
  readonly url: string;
  /** What the collector wants to see, such as an authorization. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** What else is told of this process with every span. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerPlan;
}

export const SAMPLERS = [
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
  "always_on",
  "always_off",
  "traceidratio",
] as const;

export interface SamplerPlan {
  readonly name: (typeof SAMPLERS)[number];
  /** Which part of the traces is kept, from 0 to 1. For those with traceidratio in their name. */
  readonly ratio: number;
}

/** What a request's span tells of it. Nothing the caller wrote is in it but the request id, which is checked. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's template, or `unmatched`. */
  readonly route: string;
  readonly status: number;
  readonly caller?: string | undefined;
  readonly code?: string | undefined;
}

/** A call to something else: the store, an auth server. */
export interface CalledPart {
  readonly name: string;
  /** No secret, no email, no address with a query. */
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Whether it is told of outside a request too. */
  readonly isAlwaysTold: boolean;
  /** What a fault is called in the span. Never its message, which may quote a secret. */
  readonly nameOfFault: (error: unknown) => string;
}

/** A span that has begun, for those who learn more about it while it lasts. */
export interface OpenSpan {
  set(name: string, value: string | number): void;
  /** Tells it as failed. */
  fail(reason: string): void;
  /** Puts `traceparent` and `tracestate` (W3C Trace Context) into the headers of an outgoing request. */
  carryInto(headers: Headers): void;
}

/** Tells a collector of requests and of what they waited for. Nothing here waits for the collector or fails with it. */
export interface Tracing {
  /** Answers a request in a span of its own, under the one that its `traceparent` names. */
  request(
    incoming: { readonly method: string; readonly headers: Headers },
    answer: () => Promise<Response>,
  ): Promise<Response>;
  /** To be called within `request`, when the answer is known. */
  answered(request: AnsweredRequest): void;
  /** Runs a call in a span under the present one. What `run` gives or throws is passed on. */
  call<T>(called: CalledPart, run: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** The present trace, for lines of the log; undefined outside a request. */
  present(): { readonly trace_id: string; readonly span_id: string } | undefined;
  /** Sends what is waiting, for a short while at most. */
  close(): Promise<void>;
}

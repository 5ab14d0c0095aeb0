import { until } from "./until.ts";

/** One span as it came in. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** 2: server, 3: client (opentelemetry.proto.trace.v1.Span.SpanKind). */
  readonly kind: number;
  readonly status: { readonly code: number };
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number;
}
interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}
type OtlpSpan = Omit<CollectedSpan, "attributes"> & {
  readonly attributes: readonly OtlpAttribute[];
};
interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** An OTLP receiver on a free port of 127.0.0.1, which keeps what it is sent. */
export class SpanCollector implements AsyncDisposable {
  readonly bodies: string[] = [];
  readonly requests: { readonly path: string; readonly headers: Headers }[] = [];
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      development: false,
      fetch: async (request) => {
        this.requests.push({ path: new URL(request.url).pathname, headers: request.headers });
        this.bodies.push(await request.text());
        return Response.json({});
      },
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get spans(): readonly CollectedSpan[] {
    return this.#resourceSpans().flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ ...span, attributes: recordOf(span.attributes) })),
      ),
    );
  }

  /** What the spans tell of the process they came from. */
  get resource(): Readonly<Record<string, string | number>> {
    return recordOf(this.#resourceSpans().flatMap(({ resource }) => resource.attributes));
  }

  /** Waits for a span of that name and returns the first. */
  async spanNamed(name: string): Promise<CollectedSpan> {
    const find = () => this.spans.find((span) => span.name === name);
    await until(() => find() !== undefined, { what: `a span ${name} came`, withinMs: 10_000 });
    const found = find();
    if (!found) throw new Error(`the span ${name} went away`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #resourceSpans(): OtlpBody["resourceSpans"] {
    return this.bodies.flatMap((body) => (JSON.parse(body) as OtlpBody).resourceSpans);
  }
}

function recordOf(attributes: readonly OtlpAttribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}

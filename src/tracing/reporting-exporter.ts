import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { TracingParts } from "./start-tracing.ts";

/** An exporter that tells when sending begins to fail and when it works again: the library itself keeps quiet. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #onNews: TracingParts["onNews"];
  #isSending = true;

  constructor(exporter: SpanExporter, onNews: TracingParts["onNews"]) {
    this.#exporter = exporter;
    this.#onNews = onNews;
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#report(result);
      onResult(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #report({ code, error }: ExportResult): void {
    const isSending = code === ExportResultCode.SUCCESS;
    if (isSending === this.#isSending) return;
    this.#isSending = isSending;
    this.#onNews({ isSending, reason: error?.message ?? "" });
  }
}

import { NoQuery } from "../../wire/session-requests.ts";
import type { OpenApiDocument } from "../openapi.ts";
import { type Operation, operation } from "../operation.ts";
import { json, text } from "../reply.ts";

/** GET /openapi.json: this API for programs. */
export function openApiJson(document: () => Promise<OpenApiDocument>): Operation {
  return operation({
    operationId: "openapi",
    summary: "This API as an OpenAPI 3.1 document",
    query: NoQuery,
    answers: [{ status: 200, description: "The document.", mediaType: "application/json" }],
    handle: async ({ call }) => json(call, 200, await document()),
  });
}

/** GET /docs: this API for people, drawn from the document alone. */
export function docsPage(document: () => Promise<OpenApiDocument>): Operation {
  let page: string | undefined;
  return operation({
    operationId: "docs",
    summary: "This API as a page to read",
    query: NoQuery,
    answers: [{ status: 200, description: "The page.", mediaType: "text/html" }],
    handle: async ({ call }) => {
      const { DOCS_HEADERS, renderDocs } = await import("../docs/docs-page.ts");
      page ??= renderDocs(await document());
      return text(call, "text/html; charset=utf-8", page, DOCS_HEADERS);
    },
  });
}

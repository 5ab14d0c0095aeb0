import { hash } from "node:crypto";
import type { OpenApiDocument } from "../openapi.ts";
import css from "./docs.css" with { type: "text" };
import { Html, html, inline, prose } from "./markup.ts";
import { type Schema, schemaTable, typeOf } from "./schema-markup.ts";

type Described = NonNullable<NonNullable<OpenApiDocument["paths"]>[string]["get"]>;

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly described: Described;
}

/** Written here in one piece: the hash covers every space of it. */
const STYLE = new Html(`<style>${css}</style>`);
const STYLE_HASH = hash("sha256", css, "base64");

/** The page runs no script and loads nothing, from here or elsewhere. */
export const DOCS_HEADERS = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

/** The OpenAPI document as a page to read. */
export function renderDocs(document: OpenApiDocument): string {
  const { title, version, description } = document.info;
  const operations = operationsOf(document);
  const schemas = Object.entries(document.components?.schemas ?? {});
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        <h1>${title} <small>${version}</small></h1>
        ${prose(description)}
        <p>For programs: <a href="openapi.json">openapi.json</a></p>
        <nav aria-label="Operations">
          <ul>
            ${operations.map(linkTo)}
          </ul>
        </nav>
        <main>
          ${operations.map(operationSection)}
          <h2>Schemas</h2>
          ${schemas.map(schemaSection)}
        </main>
      </body>
    </html>`.source;
}

function operationsOf(document: OpenApiDocument): readonly Listed[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    (["get", "post", "patch", "delete"] as const).flatMap((method) => {
      const described = item[method];
      return described ? [{ method, path, described }] : [];
    }),
  );
}

function linkTo({ method, path, described }: Listed): Html {
  const { operationId, summary } = described;
  return html`<li>
    <span class="method">${method}</span>
    <a href="#${operationId}"><code>${path}</code></a> ${summary}
  </li>`;
}

function operationSection({ method, path, described }: Listed): Html {
  const scopes = (described.security ?? []).flatMap((needed) => Object.values(needed).flat());
  const needs = scopes.length === 0 ? "Needs no credential." : `Needs the scope ${scopes.join()}.`;
  return html`<section id="${described.operationId}">
    <h2><span class="method">${method}</span> <code>${path}</code></h2>
    <p>${described.summary}</p>
    <p>${needs}</p>
    ${prose(described.description)}${parameterTable(described)}${bodyOf(described)}${answerTable(described)}
  </section>`;
}

function parameterTable({ parameters = [] }: Described): Html | undefined {
  const rows = parameters.flatMap((parameter) => ("$ref" in parameter ? [] : [parameter]));
  if (rows.length === 0) return undefined;
  return table(
    "Parameters",
    ["Name", "In", "Meaning"],
    rows.map(({ name, in: where, required, description }) => [
      html`<code>${name}</code>`,
      html`${where}`,
      html`${required ? html`<em>required</em> ` : undefined}${inline(description)}`,
    ]),
  );
}

function bodyOf({ requestBody }: Described): Html | undefined {
  if (!requestBody || "$ref" in requestBody) return undefined;
  const types = Object.entries(requestBody.content).map(
    ([type, { schema }]) => html`<code>${type}</code>: ${schemaLink(schema)} `,
  );
  return html`<p><strong>Body</strong> ${types}</p>`;
}

function answerTable({ responses }: Described): Html {
  const rows = Object.entries(responses as Record<string, Answer>).map(([status, answer]) => [
    html`${status}`,
    html`${Object.values(answer.content ?? {}).flatMap(({ schema }) => schemaLink(schema) ?? [])}`,
    inline(answer.description),
  ]);
  return table("Answers", ["Status", "Body", "Meaning"], rows);
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

function schemaLink(schema: Schema | undefined): Html | undefined {
  return schema && typeOf(schema);
}

function schemaSection([name, schema]: [string, Schema]): Html {
  return html`<section id="schema-${name}">
    <h3>${name}</h3>
    ${schemaTable(schema)}
  </section>`;
}

function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Html[])[],
): Html {
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

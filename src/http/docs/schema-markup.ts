import type { OpenApiDocument } from "../openapi.ts";
import { type Html, html, inline, prose } from "./markup.ts";

/** A schema or a reference to a named one. */
export type Schema = NonNullable<NonNullable<OpenApiDocument["components"]>["schemas"]>[string];

const REFERENCE = "#/components/schemas/";

/** The members of a schema as a table, or the little there is to say when it has none. */
export function schemaTable(schema: Schema): Html {
  if ("$ref" in schema) return html`<p>${typeOf(schema)}</p>`;
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) return html`<p>${typeOf(schema)}</p>`;
  return html`${prose(schema.description)}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${members.map(([name, member]) => memberRow(name, member, required.has(name)))}
        </tbody>
      </table>
    </div>`;
}

/** The type in a few words; a named one as a link. */
export function typeOf(schema: Schema): Html {
  if ("$ref" in schema) {
    const name = schema.$ref.slice(REFERENCE.length);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.anyOf) return joined(schema.anyOf.map(typeOf), " or ");
  if (schema.enum) return joined(schema.enum.map(literal), " or ");
  if (schema.type === "array" && schema.items) return html`array of ${typeOf(schema.items)}`;
  const types = [schema.type ?? "anything"].flat().join(" or ");
  return html`${types}${schema.format === undefined ? undefined : ` (${schema.format})`}`;
}

function memberRow(name: string, member: Schema, isRequired: boolean): Html {
  const description = "description" in member ? member.description : undefined;
  const isDeprecated = "deprecated" in member && member.deprecated;
  const notes = [isRequired ? "required" : "", isDeprecated ? "deprecated" : ""];
  return html`<tr>
    <th scope="row"><code>${name}</code></th>
    <td>${typeOf(member)}</td>
    <td>
      ${notes.filter((note) => note !== "").map((note) => html`<em>${note}</em> `)}${inline(description)}
    </td>
  </tr>`;
}

function literal(value: unknown): Html {
  return html`<code>${JSON.stringify(value)}</code>`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html`${separator}${part}`))}`;
}

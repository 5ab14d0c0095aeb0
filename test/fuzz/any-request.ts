import * as fc from "fast-check";
import type { Route, Schema } from "./api-document.ts";

/** A request before it gets its marker. MARK stands for the marker, ID and TOKEN for those of a session that is there. */
export interface Draft {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const MARK = "@mark@";
export const ID = "@id@";
export const TOKEN = "@token@";
export const KEY = "@key@";

const METHODS = ["GET", "POST", "PATCH", "DELETE", "HEAD", "PUT", "OPTIONS"];
const MEDIA_TYPES = [
  "application/json",
  "application/merge-patch+json",
  "application/json; charset=utf-8",
  "application/x-www-form-urlencoded",
  "text/plain",
  "multipart/form-data; boundary=x",
  "Application/JSON;",
  "",
];

/** Requests to every route: many that are right or nearly so, and many that are neither. */
export function anyRequest(routes: readonly Route[]): fc.Arbitrary<Draft> {
  return fc.constantFrom(...routes).chain((route) =>
    fc
      .record({
        method: mostly(fc.constant(route.method), fc.constantFrom(...METHODS)),
        path: pathOf(route),
        query: queryOf(route),
        headers: anyHeaders(),
        body: bodyOf(route),
      })
      .map(({ method, path, query, headers, body }) => ({
        method,
        path: path + query,
        headers: { ...headers, ...(body === undefined ? {} : { "content-type": body.mediaType }) },
        ...(body === undefined ? {} : { body: body.text }),
      })),
  );
}

function mostly<T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: unusual });
}

function pathOf({ path }: Route): fc.Arbitrary<string> {
  const id = mostly(fc.constant(ID), fc.oneof(fc.uuid(), encoded(fc.string())));
  const below = path.endsWith("/check") ? fc.webPath() : fc.constant("");
  const odd = fc.oneof(
    fc.webPath(),
    fc.constantFrom("/a01//session", "/a01/session/", "/a01/%2e%2e/session", "/A01/session"),
  );
  return mostly(
    fc.tuple(id, below).map(([value, rest]) => path.replace("{id}", value) + rest),
    odd,
  );
}

function queryOf({ query }: Route): fc.Arbitrary<string> {
  const known = query.map(({ name }) =>
    mostly(fc.constant(MARK), encoded(fc.string())).map((value) => `${name}=${value}`),
  );
  const unknown = fc
    .tuple(encoded(fc.string()), encoded(fc.string()))
    .map((pair) => pair.join("="));
  return fc
    .array(known.length > 0 ? mostly(fc.oneof(...known), unknown) : unknown, { maxLength: 3 })
    .map((pairs) => (pairs.length === 0 ? "" : `?${pairs.join("&")}`));
}

function encoded(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text.map((value) => encodeURIComponent(value.toWellFormed()));
}

function anyHeaders(): fc.Arbitrary<Readonly<Record<string, string>>> {
  const authorization = mostly(
    fc.constantFrom(`Bearer ${KEY}`, `Bearer ${TOKEN}`),
    fc.oneof(
      printable().map((text) => `Bearer ${text}`),
      printable(),
    ),
  );
  return fc.record(
    {
      authorization,
      cookie: fc.oneof(fc.constant(`__Host-session=${TOKEN}`), printable()),
      "if-match": fc.oneof(
        fc.constantFrom("*", '"1-abcdefgh"', 'W/"1"', '"', '"a", "b"'),
        printable(),
      ),
      "idempotency-key": fc.oneof(fc.constant(MARK), printable()),
      "x-request-id": fc.oneof(fc.constant(MARK), printable()),
      "sec-fetch-site": fc.constantFrom("same-origin", "cross-site", "none", "nonsense"),
      origin: fc.oneof(fc.webUrl(), fc.constant("null")),
      accept: printable(),
      "accept-encoding": fc.constantFrom("gzip", "br", "*"),
      "content-encoding": fc.constantFrom("gzip", "identity", "nonsense"),
      range: fc.constantFrom("bytes=0-1", "nonsense"),
      "x-http-method-override": fc.constantFrom("DELETE", "PATCH"),
      expect: fc.constant("nonsense"),
    },
    { requiredKeys: ["authorization"] },
  );
}

/** What may stand in a header. */
function printable(): fc.Arbitrary<string> {
  return fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?").trim());
}

function bodyOf({ bodies }: Route): fc.Arbitrary<{ mediaType: string; text: string } | undefined> {
  const anyText = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom(
      '{"user_id":"a","user_id":"b"}',
      '{"__proto__":{"x":1}}',
      "[".repeat(5000),
      "﻿{}",
    ),
  );
  const odd = fc.record({ mediaType: fc.constantFrom(...MEDIA_TYPES), text: anyText });
  const [first] = bodies;
  if (first === undefined)
    return mostly<{ mediaType: string; text: string } | undefined>(fc.constant(undefined), odd);
  const right = fc
    .constantFrom(first, ...bodies)
    .chain(([mediaType, schema]) =>
      valueOf(schema).map((value) => ({ mediaType, text: JSON.stringify(value) })),
    );
  return mostly(right, odd);
}

/** Values of a schema, and a few that are not. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  return mostly(rightValueOf(schema), fc.jsonValue({ maxDepth: 2 }));
}

function rightValueOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(rightValueOf));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.properties) return objectOf(schema);
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["string"]);
  return fc.constantFrom(...types).chain((type) => plainValueOf(type, schema));
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, member]) => [name, valueOf(member)]);
  const model = Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>;
  return mostly(
    fc.record(model, { requiredKeys: [...required] }),
    fc.record({ ...model, unknown_member: fc.jsonValue({ maxDepth: 1 }) }, { requiredKeys: [] }),
  );
}

function plainValueOf(type: string, { minimum, maximum, maxLength = 300 }: Schema) {
  if (type === "null") return fc.constant(null);
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number")
    return mostly<unknown>(
      fc.integer({ min: minimum ?? -10, max: maximum ?? 2 ** 31 }),
      fc.oneof(fc.double(), fc.constantFrom(Number.MAX_VALUE, -0, 2 ** 53)),
    );
  const marked = fc.string({ maxLength: 20 }).map((text) => `${MARK}${text}`);
  return mostly<unknown>(
    fc.oneof(fc.constant(MARK), marked),
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("a".repeat(maxLength + 1), "", " ", "\u0000", "\ud800", "ＡＢ", "a\u202eb"),
    ),
  );
}

import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { PROBLEM_KINDS } from "../../src/http/problem.ts";
import { PROBLEM_CODES } from "../../src/wire/problem.ts";
import { KEYS } from "../support/api-keys.ts";
import { ServedApp } from "../support/serve-app.ts";

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** The routes of the contract, the scope a service needs for each, and whether users may call it. */
const CONTRACT: readonly (readonly [string, string, string | undefined, string?])[] = [
  ["get", "/a01/session", "read", "users too"],
  ["get", "/a01/session/{id}", "read", "users too"],
  ["post", "/a01/session", "write"],
  ["patch", "/a01/session/{id}", "write"],
  ["delete", "/a01/session/{id}", "write", "users too"],
  ["delete", "/a01/session", "write", "users too"],
  ["post", "/a01/session/{id}/token", "write", "users too"],
  ["post", "/a01/session/{id}/access-token", "tokens"],
  ["post", "/a01/backchannel-logout", undefined],
  ["get", "/a01/check", undefined],
  ["get", "/health/live", undefined],
  ["get", "/health/ready", undefined],
  ["get", "/metrics", "admin"],
  ["get", "/openapi.json", undefined],
  ["get", "/docs", undefined],
];

const METHODS = ["get", "post", "put", "patch", "delete"];

describe("GET /openapi.json", () => {
  test("is a valid OpenAPI 3.1 document of this version", async () => {
    const document = await readDocument();
    const validator = new Validator();
    expect(await validator.validate({ ...document })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    expect(document.info.version).toBe("1.2.3");
  });

  for (const [method, path, scope, users] of CONTRACT)
    test(`describes ${method} ${path} with who may call it`, async () => {
      const { security, summary } = operationAt(await readDocument(), method, path);
      expect(summary).not.toBe("");
      expect(security).toEqual([
        ...(scope === undefined ? [] : [{ apiKey: [scope] }]),
        ...(users === undefined ? [] : [{ sessionCookie: [] }, { sessionToken: [] }]),
      ]);
    });

  test("describes exactly the routes that the app answers, and those of the contract", async () => {
    await using app = new ServedApp();
    const described = new Set(
      operationsOf(await readDocument(app)).map(([method, path]) => `${method} ${path}`),
    );
    const answered = new Set<string>();
    for (const [, path] of CONTRACT)
      for (const method of METHODS) {
        const answer = await app.send(method.toUpperCase(), path.replace("{id}", "x"));
        // A check takes any method, and is described once.
        const isToldOnce = path === "/a01/check" && method !== "get";
        if (answer.status !== 405 && !isToldOnce) answered.add(`${method} ${path}`);
      }
    expect(described).toEqual(answered);
    expect(described).toEqual(new Set(CONTRACT.map(([method, path]) => `${method} ${path}`)));
  });

  test("names each operation once", async () => {
    const ids = operationsOf(await readDocument()).map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has every error code, in the schema of a problem", async () => {
    const { components } = await readDocument();
    expect(components.schemas["Problem"]).toMatchObject({
      properties: { code: { enum: [...PROBLEM_CODES] } },
    });
  });

  test("tells for each operation which codes come with which status", async () => {
    const document = await readDocument();
    for (const [, , { responses }] of operationsOf(document))
      for (const [status, { description }] of Object.entries(responses))
        for (const [, code] of description.matchAll(/`([a-z_]+)`/g)) {
          const kind = PROBLEM_CODES.find((known) => known === code);
          if (kind) expect(PROBLEM_KINDS[kind].status).toBe(Number(status));
        }
    const { responses } = operationAt(document, "post", "/a01/session");
    expect(Object.keys(responses)).toEqual([
      "201",
      "400",
      "401",
      "403",
      "409",
      "413",
      "415",
      "422",
      "429",
      "500",
      "503",
    ]);
  });

  test("marks the specification's spelling as deprecated, in requests and answers", async () => {
    const { components } = await readDocument();
    for (const name of ["CreateSession", "UpdateSession", "Session"])
      expect(components.schemas[name]).toMatchObject({
        properties: { exiration_time: { deprecated: true } },
      });
  });

  test("refuses unknown members of requests and says how long a text may be", async () => {
    const { components } = await readDocument();
    expect(components.schemas["CreateSession"]).toMatchObject({
      additionalProperties: false,
      required: ["user_id"],
      properties: { user_id: { type: "string", minLength: 1, maxLength: 256 } },
    });
    expect(components.schemas["UpdateSession"]).toMatchObject({ additionalProperties: false });
  });

  test("describes the headers that mean something", async () => {
    const document = await readDocument();
    const names = (method: string, path: string) =>
      operationAt(document, method, path).parameters?.map((one) => `${one.in} ${one.name}`);
    expect(names("post", "/a01/session")).toEqual(["header Idempotency-Key"]);
    expect(names("patch", "/a01/session/{id}")).toEqual(["path id", "header If-Match"]);
    expect(names("delete", "/a01/session")).toEqual(["query user_id", "query except"]);
  });
});

describe("GET /docs", () => {
  test("shows every operation, member and code, from the document", async () => {
    await using app = new ServedApp();
    const { text } = await app.send("GET", "/docs", { key: null });
    const document = await readDocument(app);
    for (const [, path, { operationId, summary }] of operationsOf(document)) {
      expect(text).toContain(`id="${operationId}"`);
      expect(text).toContain(path);
      expect(text).toContain(summary.replace("'", "&#39;"));
    }
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`id="schema-${name}"`);
    for (const code of PROBLEM_CODES) expect(text).toContain(code);
  });

  test("runs no script, loads nothing, and may be framed by nobody", async () => {
    await using app = new ServedApp();
    const { text, headers } = await app.send("GET", "/docs", { key: null });
    expect(text).not.toMatch(/<script|<link|<img|@import|url\(|src=|\son\w+=/i);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? "";
    const digest = new Bun.CryptoHasher("sha256").update(style).digest("base64");
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test("links only to places it has", async () => {
    await using app = new ServedApp();
    const { text } = await app.send("GET", "/docs", { key: null });
    const targets = [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? "");
    expect(targets.length).toBeGreaterThan(20);
    for (const target of targets.filter((one) => one !== "openapi.json"))
      expect(text).toContain(`id="${target.slice(1)}"`);
  });
});

async function readDocument(app?: ServedApp): Promise<Document> {
  await using own = app ? undefined : new ServedApp();
  const answer = await (app ?? own)?.send("GET", "/openapi.json", { key: KEYS.read });
  return answer?.json as Document;
}

function operationsOf({ paths }: Document): readonly (readonly [string, string, Described])[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => [method, path, described] as const),
  );
}

function operationAt(document: Document, method: string, path: string): Described {
  const described = document.paths[path]?.[method];
  if (!described) throw new Error(`the document has no ${method} ${path}`);
  return described;
}

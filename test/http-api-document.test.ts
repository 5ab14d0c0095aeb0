import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SCOPES } from "../src/http/auth/access.ts";
import { PROBLEM_KINDS } from "../src/http/problem.ts";
import { CreateBody } from "../src/wire/session-requests.ts";
import { ServedApp } from "./support/serve-app.ts";
import { documentText } from "./support/source-files.ts";

let app: ServedApp;
let text: string;

beforeAll(async () => {
  app = new ServedApp();
  text = (await documentText("docs/http-api.md")) ?? "";
});
afterAll(() => app[Symbol.asyncDispose]());

/** The rows of the first table below a heading: the cells of each, as they are written. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, after = ""] = text.split(`\n## ${heading}\n`);
  const lines = after.slice(after.indexOf("\n|") + 1).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands between the first backticks. */
function codeIn(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? "")?.[1] ?? "";
}

describe("docs/http-api.md", () => {
  test("lists every error code with its status, and no other", () => {
    const written = rowsBelow("Errors").map(([code, status]) => [codeIn(code), Number(status)]);
    const known = Object.entries(PROBLEM_KINDS).map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(known));
    expect(written).toHaveLength(known.length);
  });

  test("says of every error when it comes and what to do about it", () => {
    for (const [code = "", , when, remedy] of rowsBelow("Errors")) {
      expect(when, code).toMatch(/\w{3}/);
      expect(remedy, code).toMatch(/\w{3}/);
    }
  });

  test("lists every scope, and no other", () => {
    const written = rowsBelow("Callers and scopes").map(([scope]) => codeIn(scope));
    expect(written).toEqual([...SCOPES]);
  });

  test("lists every attribute that a create takes", () => {
    const written = [...rowsBelow("Attributes"), ...rowsBelow("Create")].flatMap(
      ([names = ""]) => names.match(/(?<=`)\w+(?=`)/g) ?? [],
    );
    const known = Object.keys(CreateBody.shape).filter((name) => name !== "exiration_time");
    expect(written.toSorted()).toEqual(known.toSorted());
  });

  test("lists every route of the service, and no other", async () => {
    const { json } = await app.send("GET", "/openapi.json");
    const { paths } = json as { paths: Record<string, Record<string, unknown>> };
    const known = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const written = rowsBelow("Routes").map(([request = ""]) =>
      codeIn(request).replace(/\?.*$/, "").replace(/^\//, "GET /"),
    );
    expect(written.toSorted()).toEqual(known.toSorted());
  });
});

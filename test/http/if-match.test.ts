import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { rawRequest } from "../support/raw-request.ts";
import { ServedApp } from "../support/serve-app.ts";
import { KEYS } from "../support/api-keys.ts";

/** E stands for the tag of the stored version. */
const MATCHING = [
  "E",
  "*",
  " * ",
  '"other", E',
  'E,"other"',
  'E , W/"other"',
  ",E",
  "E,,",
  ', "a" ,, E ,',
  '"with,comma", E',
  '"", E',
];

const NOT_MATCHING = ['"other"', "W/E", '"a", W/E, "b"', '""', '"*"', '"a\xe9b"', 'W/""'];

const BROKEN = [
  "",
  " ",
  ",",
  "other",
  "E E",
  '"open',
  'open"',
  "w/E",
  "W/ E",
  'W"x"',
  "*, E",
  "E, *",
  "**",
  "'x'",
  '"a b"',
  `${'"a",'.repeat(500)}x`,
];

describe("PATCH with If-Match", () => {
  test.each(MATCHING)("%p holds, and updates", async (value) => {
    await using app = new ServedApp();
    const { answer, before } = await patch(app, value);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ user_email: "x@y" });
    expect(answer.headers.get("etag")).not.toBe(before);
  });

  test.each(NOT_MATCHING)("%p does not hold, and changes nothing", async (value) => {
    await using app = new ServedApp();
    const { answer, path, before } = await patch(app, value);
    expect(expectProblem(answer, "version_mismatch")).toMatchObject([
      { in: "header", field: "If-Match" },
    ]);
    expect((await app.send("GET", path)).headers.get("etag")).toBe(before);
  });

  test.each(BROKEN)("%p is no list of tags, and changes nothing", async (value) => {
    await using app = new ServedApp();
    const { answer, path, before } = await patch(app, value);
    expect(expectProblem(answer, "invalid_field")).toMatchObject([
      { in: "header", field: "If-Match" },
    ]);
    expect((await app.send("GET", path)).headers.get("etag")).toBe(before);
  });

  test("takes the tags of several header lines together", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    const { answer } = await rawRequest(app.port, [
      `PATCH ${created.headers.get("location")} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      'If-Match: "other"',
      `If-Match: ${created.headers.get("etag")}`,
      "Content-Type: application/json",
      "Content-Length: 2",
      "",
      "{}",
    ]);
    expect(answer.status).toBe(200);
  });

  test("lets one of two writers of the same version through", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    const path = created.headers.get("location") ?? "";
    const headers = { "if-match": created.headers.get("etag") ?? "" };
    const answers = await Promise.all(
      ["a@y", "b@y"].map((user_email) =>
        app.send("PATCH", path, { body: { user_email }, headers }),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 412]));
  });

  test("is judged for {} too, and never makes a session of none", async () => {
    await using app = new ServedApp();
    const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
    const path = created.headers.get("location") ?? "";
    const headers = { "if-match": '"other"' };
    expectProblem(await app.send("PATCH", path, { body: {}, headers }), "version_mismatch");
    await app.send("DELETE", path);
    for (const value of ["*", created.headers.get("etag") ?? ""]) {
      const sent = { body: {}, headers: { "if-match": value } };
      expectProblem(await app.send("PATCH", path, sent), "not_found");
    }
  });
});

async function patch(app: ServedApp, ifMatch: string) {
  const created = await app.send("POST", "/a01/session", { body: { user_id: "user007" } });
  const before = created.headers.get("etag") ?? "";
  const path = created.headers.get("location") ?? "";
  const headers = { "if-match": ifMatch.replaceAll("E", before) };
  const answer = await app.send("PATCH", path, { body: { user_email: "x@y" }, headers });
  return { answer, path, before };
}

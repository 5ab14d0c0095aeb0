import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { listedIds } from "../support/listed-ids.ts";
import { ServedApp } from "../support/serve-app.ts";

describe("a body that is no such form", () => {
  const form = "application/x-www-form-urlencoded";
  const one = "session_id=x";
  test.each([
    ["close", "application/json", '{"session_id":"x"}', 415, "unsupported_media_type"],
    ["close", "text/plain", one, 415, "unsupported_media_type"],
    ["close", "multipart/form-data; boundary=x", one, 415, "unsupported_media_type"],
    ["close", `${form}; charset=iso-8859-1`, one, 415, "unsupported_media_type"],
    ["close-all", "text/plain", "", 415, "unsupported_media_type"],
    ["close", form, `session_id=${"x".repeat(1100)}`, 413, "body_too_large"],
    ["close", form, "", 400, "invalid_field"],
    ["close", form, "session_id=x&session_id=y", 400, "invalid_field"],
    ["close", form, "session_id=x&user_id=somebody", 400, "invalid_field"],
    ["close", form, "session_id=%zz", 400, "invalid_request"],
    ["close", form, "session_id=%ff", 400, "invalid_request"],
    ["close-others", form, "keep=x", 400, "invalid_field"],
    ["close-all", form, "__proto__=x", 400, "invalid_field"],
  ] as const)("%s, %s, %p: %i", async (action, type, body, status, code) => {
    await using app = new ServedApp();
    const [own] = [await app.create(), await app.create()];
    for (const accept of ["application/json", "text/html"]) {
      const answer = await app.send("POST", `/a01/devices/${action}`, {
        key: null,
        body,
        headers: {
          accept,
          "content-type": type,
          cookie: `__Host-session=${own.session_token}`,
          "sec-fetch-site": "same-origin",
        },
      });
      expect(answer.status).toBe(status);
      if (accept === "application/json") expectProblem(answer, code);
      else expect(answer.text).toContain("This did not work");
    }
    expect(await listedIds(app, "user007")).toHaveLength(2);
  });

  test("bytes that are no UTF-8 are refused", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const answer = await app.send("POST", "/a01/devices/close", {
      key: own.session_token,
      body: new Uint8Array([0x73, 0xff]),
      headers: { accept: "application/json", "content-type": form },
    });
    expectProblem(answer, "invalid_request");
  });
});

import { describe, expect, test } from "bun:test";
import type { ProblemCode } from "../../src/wire/problem.ts";
import { expectProblem } from "../support/answer.ts";
import { rawRequest } from "../support/raw-request.ts";
import { MARKER, expectRefused } from "../support/refused.ts";
import { MAX_BODY_BYTES, type Sent, ServedApp } from "../support/serve-app.ts";
import { KEYS } from "../support/api-keys.ts";

const GOOD = '{"user_id":"user007"}';

type Row = readonly [what: string, body: Sent["body"], code: ProblemCode];

const BODIES: readonly Row[] = [
  ["none", undefined, "invalid_request"],
  ["empty", "", "invalid_request"],
  ["only spaces", "   ", "invalid_request"],
  ["cut short", `{"user_id":"${MARKER}`, "invalid_request"],
  ["with a trailing comma", `{"user_id":"${MARKER}",}`, "invalid_request"],
  ["with a comment", `{"user_id":"${MARKER}"/**/}`, "invalid_request"],
  ["with single quotes", `{'user_id':'${MARKER}'}`, "invalid_request"],
  ["two documents", `${GOOD}${GOOD}`, "invalid_request"],
  ["not JSON at all", `user_id=${MARKER}`, "invalid_request"],
  ["with a raw line break in a text", `{"user_id":"${MARKER}\n"}`, "invalid_request"],
  ["NaN", '{"user_id":"user007","expiration_time":NaN}', "invalid_request"],
  ["with a byte order mark", `\uFEFF${GOOD}`, "invalid_request"],
  ["in UTF-16", utf16(GOOD), "invalid_request"],
  ["with a name twice", `{"user_id":"${MARKER}","user_id":"b"}`, "invalid_request"],
  [
    "with a name twice, once in escapes",
    `{"user_id":"${MARKER}","user\\u005fid":"b"}`,
    "invalid_request",
  ],
  ["nested 33 deep", `{"user_id":${"[".repeat(32)}${"]".repeat(32)}}`, "invalid_request"],
  ["nested 32 deep", `{"user_id":${"[".repeat(31)}${"]".repeat(31)}}`, "invalid_field"],
  ["nested 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000), "invalid_request"],
  ["nested 100,000 deep and never closed", "[".repeat(100_000), "invalid_request"],
  ["an array", `["${MARKER}"]`, "invalid_field"],
  ["a text", `"${MARKER}"`, "invalid_field"],
  ["a number", "7", "invalid_field"],
  ["null", "null", "invalid_field"],
];

const BROKEN_UTF8: readonly (readonly [string, readonly number[]])[] = [
  ["a lone continuation byte", [0x80]],
  ["a cut sequence", [0xe2, 0x82]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["an overlong NUL", [0xc0, 0x80]],
  ["an encoded surrogate", [0xed, 0xa0, 0x80]],
  ["more than U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ["Latin-1", [0xe9]],
  ["0xFF", [0xff]],
];

const MEDIA_TYPES = [
  "text/plain",
  "text/plain; application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "application/json+x",
  "text/json",
  "application/problem+json",
  "application/merge-patch+json",
  "application/json; charset=latin1",
  "application/json; charset=utf-16",
  "application/json, application/json",
  "json",
  "*/*",
];

describe("POST /session refuses a body", () => {
  test.each(BODIES)("that is %s", async (_, body, code) => {
    const errors = await expectRefused(
      { method: "POST", path: "/a01/session", sent: { body } },
      code,
    );
    expect(errors).toMatchObject([{ in: "body" }]);
  });

  test.each(BROKEN_UTF8)("that is not valid UTF-8: %s", async (_, bytes) => {
    const body = Buffer.concat([
      Buffer.from('{"user_id":"user'),
      Uint8Array.from(bytes),
      Buffer.from('"}'),
    ]);
    await expectRefused(
      { method: "POST", path: "/a01/session", sent: { body } },
      "invalid_request",
    );
  });

  test.each(MEDIA_TYPES)("of type %s", async (type) => {
    const sent = { body: GOOD, headers: { "content-type": type } };
    const errors = await expectRefused(
      { method: "POST", path: "/a01/session", sent },
      "unsupported_media_type",
    );
    expect(errors).toMatchObject([{ in: "header", field: "Content-Type" }]);
  });

  test.each(["gzip", "br", "identity", "deflate, gzip"])("with the coding %s", async (coding) => {
    const sent = { body: GOOD, headers: { "content-encoding": coding } };
    const errors = await expectRefused(
      { method: "POST", path: "/a01/session", sent },
      "unsupported_media_type",
    );
    expect(errors).toMatchObject([{ in: "header", field: "Content-Encoding" }]);
  });

  test("of no type at all", async () => {
    await using app = new ServedApp();
    const { answer } = await rawRequest(app.port, [
      "POST /a01/session HTTP/1.1",
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      `Content-Length: ${GOOD.length}`,
      "",
      GOOD,
    ]);
    expectProblem(answer, "unsupported_media_type");
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("that is cut off on the way, without a word to log about the service", async () => {
    await using app = new ServedApp();
    await rawRequest(app.port, [
      "POST /a01/session HTTP/1.1",
      "Host: localhost",
      `Authorization: Bearer ${KEYS.all}`,
      "Content-Type: application/json",
      "Content-Length: 100",
      "",
      GOOD,
    ]);
    expect(app.requests).toMatchObject([{ status: 400, code: "invalid_request" }]);
    expect(app.requests[0]?.error).toBeUndefined();
    expect(await app.countAndRemoveAll()).toBe(0);
  });
});

describe("PATCH /session/{id} refuses", () => {
  test.each(["text/plain", "application/json-patch+json", "application/jsonp"])(
    "a body of type %s",
    async (type) => {
      await using app = new ServedApp();
      const { session_id } = await app.create();
      const sent = { body: '{"user_email":"x@y"}', headers: { "content-type": type } };
      const answer = await app.send("PATCH", `/a01/session/${session_id}`, sent);
      expectProblem(answer, "unsupported_media_type");
      expect(answer.headers.get("accept")).toBe("application/json, application/merge-patch+json");
      const after = await app.send("GET", `/a01/session/${session_id}`);
      expect(after.json).not.toHaveProperty("user_email");
    },
  );
});

describe("the size of a body", () => {
  test("may be the limit exactly", async () => {
    await using app = new ServedApp();
    const answer = await app.send("POST", "/a01/session", { body: GOOD.padEnd(MAX_BODY_BYTES) });
    expect(answer.status).toBe(201);
  });

  test.each([MAX_BODY_BYTES + 1, 10 * 1024 * 1024])("may not be %d", async (length) => {
    await expectRefused(
      { method: "POST", path: "/a01/session", sent: { body: GOOD.padEnd(length) } },
      "body_too_large",
    );
  });

  test("is counted on the way when it is not declared, and no more than the limit is read", async () => {
    await using app = new ServedApp();
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 16_384;
        if (pulled > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const answer = await app.send("POST", "/a01/session", { body: endless });
    expectProblem(answer, "body_too_large");
    expect(pulled).toBeLessThan(16 * 1024 * 1024);
    expect(await app.countAndRemoveAll()).toBe(0);
  });

  test("does not matter when it comes in pieces", async () => {
    await using app = new ServedApp();
    const pieces = new ReadableStream({
      start: (controller) => {
        for (const byte of Buffer.from(GOOD)) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect((await app.send("POST", "/a01/session", { body: pieces })).status).toBe(201);
  });

  test.each(["application/json; charset=utf-8", 'Application/JSON ;charset="UTF-8"'])(
    "and the type %s are fine",
    async (type) => {
      await using app = new ServedApp();
      const sent = { body: GOOD, headers: { "content-type": type } };
      expect((await app.send("POST", "/a01/session", sent)).status).toBe(201);
    },
  );
});

function utf16(text: string): Uint8Array {
  return Buffer.from(text, "utf16le");
}

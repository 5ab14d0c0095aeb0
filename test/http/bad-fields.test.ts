import { describe, expect, test } from "bun:test";
import { expectProblem } from "../support/answer.ts";
import { ATTRIBUTES } from "../support/attributes.ts";
import { MARKER, expectRefused } from "../support/refused.ts";
import { ServedApp } from "../support/serve-app.ts";

const IDS = ["user_id", "device_id"];
const TEXTS = ["auth_code", "access_token", "refresh_token", "user_email"];
const SECONDS = ["expiration_time", "exiration_time"];
const CREATE_TEXTS = ["user_agent", "ip_address"];
const CREATE_SECONDS = ["lifetime_seconds", "idle_seconds"];

const LIMITS: Readonly<Record<string, number>> = {
  user_id: 256,
  device_id: 256,
  user_email: 320,
  user_agent: 1024,
  auth_code: 16_384,
  access_token: 16_384,
  refresh_token: 16_384,
};

type Row = readonly [field: string, what: string, json: string];

const NO_TEXT: readonly (readonly [string, string])[] = [
  ["a number", "4177"],
  ["a long number", "12345678901234567890"],
  ["a boolean", "true"],
  ["an array", `["${MARKER}"]`],
  ["an object", `{"${MARKER}":"${MARKER}"}`],
  ["an object with __proto__", `{"__proto__":{"${MARKER}":1}}`],
];

const BAD_TEXT: readonly (readonly [string, string])[] = [
  ["text with NUL", `"${MARKER}\\u0000"`],
  ["text with a line break", `"${MARKER}\\r\\nx: y"`],
  ["text with DEL", `"${MARKER}\\u007f"`],
  ["text with a C1 control character", `"${MARKER}\\u0085"`],
  ["text with a lone high surrogate", `"${MARKER}\\ud800"`],
  ["text with a lone low surrogate", `"\\udc00${MARKER}"`],
];

const BAD_ID: readonly (readonly [string, string])[] = [
  ["null", "null"],
  ["empty", '""'],
  ["text with U+FFFD", `"${MARKER}\\ufffd"`],
];

const NO_SECONDS: readonly (readonly [string, string])[] = [
  ["negative", "-1"],
  ["fractional", "1.5"],
  ["quoted", '"3600"'],
  ["over 2^31-1", "2147483648"],
  ["beyond every number", "1e999"],
  ["a boolean", "true"],
  ["an array", "[3600]"],
  ["an object", `{"${MARKER}":1}`],
];

const UPDATE_ROWS: readonly Row[] = [
  ...rows(IDS, [...NO_TEXT, ...BAD_TEXT, ...BAD_ID]),
  ...rows(TEXTS, [...NO_TEXT, ...BAD_TEXT]),
  ...[...IDS, ...TEXTS].map(tooLong),
  ...rows(SECONDS, NO_SECONDS),
];

const CREATE_ROWS: readonly Row[] = [
  ...UPDATE_ROWS,
  ...rows(CREATE_TEXTS, [...NO_TEXT, ...BAD_TEXT]),
  tooLong("user_agent"),
  ...rows(CREATE_SECONDS, [...NO_SECONDS, ["longer than the setting", "86401"]]),
  ["lifetime_seconds", "zero", "0"],
  ["idle_seconds", "endless where the setting is not", "0"],
  ["ip_address", "a name", `"${MARKER}.example"`],
  ["ip_address", "an address with a port", '"192.0.2.7:80"'],
  ["ip_address", "an address out of range", '"192.0.2.256"'],
  ["replace_device", "a number", "1"],
  ["replace_device", "quoted", '"true"'],
];

describe("POST /session refuses", () => {
  test.each(CREATE_ROWS)("%s: %s", async (field, _, json) => {
    const userId = field === "user_id" ? "" : '"user_id":"user007",';
    const body = `{${userId}"${field}":${json}}`;
    const errors = await refusedCreate(body);
    expect(errors).toMatchObject([{ in: "body", field }]);
  });

  test("no user_id", async () => {
    expect(await refusedCreate("{}")).toEqual([
      { in: "body", field: "user_id", reason: "is required" },
    ]);
  });

  test("two different values under the two names of the lifetime", async () => {
    for (const pair of ["3600,3601", "0,null", '"",0', "null,3600"]) {
      const [right, wrong] = pair.split(",");
      const fields = `"expiration_time":${right},"exiration_time":${wrong}`;
      const errors = await refusedCreate(`{"user_id":"user007",${fields}}`);
      expect(errors).toMatchObject([{ in: "body", field: "exiration_time" }]);
    }
  });

  test("every wrong field at once, each told", async () => {
    const errors = await refusedCreate(
      `{"user_id":7,"device_id":"","user_email":${MARKER.length}}`,
    );
    expect(errors.map(({ field }) => field)).toEqual(["user_id", "device_id", "user_email"]);
  });
});

describe("PATCH /session/{id} refuses", () => {
  const createOnly = [
    ...CREATE_TEXTS,
    ...CREATE_SECONDS,
    "replace_device",
    "session_id",
    "created_at",
  ];
  const rowsOfUpdate = [...UPDATE_ROWS, ...rows(createOnly, [["which is not updatable", "null"]])];

  test.each(rowsOfUpdate)("%s: %s, and changes nothing", async (field, _, json) => {
    await using app = new ServedApp();
    const { session_id } = await app.create(ATTRIBUTES);
    const path = `/a01/session/${session_id}`;
    const before = await app.send("GET", path);
    const body = `{"user_email":"changed@example.org","${field}":${json}}`;
    const only = field === "user_email" ? `{"user_email":${json}}` : body;
    const answer = await app.send("PATCH", path, { body: only });
    expect(expectProblem(answer, "invalid_field")).toMatchObject([{ in: "body", field }]);
    expect(answer.text).not.toContain(MARKER);
    const after = await app.send("GET", path);
    expect(after.json).toEqual(before.json);
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));
  });
});

describe("unknown members are refused", () => {
  test.each([
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "user_idd",
    "id",
    "hasOwnProperty",
  ])("by name: %s", async (name) => {
    const errors = await refusedCreate(`{"user_id":"user007","${name}":{"polluted":true}}`);
    expect(errors).toEqual([{ in: "body", field: name, reason: "is not known here" }]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("__proto__ in escapes too", async () => {
    const errors = await refusedCreate('{"user_id":"user007","\\u005f_proto__":{"polluted":true}}');
    expect(errors).toMatchObject([{ field: "__proto__" }]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("in place of the members they would inherit", async () => {
    expect(await refusedCreate('{"__proto__":{"user_id":"user007"}}')).toMatchObject([
      { field: "user_id" },
      { field: "__proto__" },
    ]);
  });

  test.each([`${MARKER}.${MARKER}`, `smt_${MARKER.repeat(9)}`, " ", "\\u0000", "\\ud800"])(
    "without telling a name that is no plain one: %s",
    async (name) => {
      const errors = await refusedCreate(`{"user_id":"user007","${name}":1}`);
      expect(errors).toEqual([{ in: "body", field: "", reason: "is not known here" }]);
    },
  );

  test("of which at most 20 are told", async () => {
    const many = Array.from({ length: 5000 }, (_, at) => `"x${at}":1`).join();
    expect(await refusedCreate(`{"user_id":"user007",${many}}`)).toHaveLength(20);
  });
});

describe("at its limit passes", () => {
  test.each(Object.entries(LIMITS))("%s of %d", async (field, limit) => {
    await using app = new ServedApp();
    await app.create({ user_id: "user007", [field]: "x".repeat(limit) });
  });

  test.each(["user_id", "device_id", "user_email"])(
    "%s, counted in characters, not in UTF-16 units",
    async (field) => {
      await using app = new ServedApp();
      await app.create({ user_id: "user007", [field]: "😀".repeat(LIMITS[field] ?? 0) });
      const more = { user_id: "user007", [field]: "😀".repeat((LIMITS[field] ?? 0) + 1) };
      expectProblem(await app.send("POST", "/a01/session", { body: more }), "invalid_field");
    },
  );

  test.each(["auth_code", "access_token", "refresh_token"])(
    "%s, counted in bytes of UTF-8",
    async (field) => {
      await using app = new ServedApp();
      await app.create({ [field]: "é".repeat(8192) });
      const more = { user_id: "user007", [field]: `${"é".repeat(8192)}x` };
      expectProblem(await app.send("POST", "/a01/session", { body: more }), "invalid_field");
    },
  );

  test.each([0, 2 ** 31 - 1])("expiration_time %d", async (expiration_time) => {
    await using app = new ServedApp();
    await app.create({ expiration_time });
  });

  test.each(["192.0.2.7", "2001:db8::7", "::1", "::ffff:192.0.2.7"])(
    "ip_address %s",
    async (ip_address) => {
      await using app = new ServedApp();
      await app.create({ ip_address });
    },
  );
});

function refusedCreate(body: string) {
  return expectRefused({ method: "POST", path: "/a01/session", sent: { body } }, "invalid_field");
}

function rows(
  fields: readonly string[],
  cases: readonly (readonly [string, string])[],
): readonly Row[] {
  return fields.flatMap((field) => cases.map(([what, json]): Row => [field, what, json]));
}

function tooLong(field: string): Row {
  const limit = LIMITS[field] ?? 0;
  return [field, `longer than ${limit}`, JSON.stringify(MARKER.padEnd(limit + 1, "x"))];
}

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { randomBytes } from "node:crypto";
import { FULL, PLAIN, SEALING, failureOf, headOf } from "../../test/support/records.ts";
import { aSession } from "../../test/support/sessions.ts";
import { KEY_BYTES, KeyRing } from "../seal/key-ring.ts";
import { mintSessionId } from "../session/id.ts";
import type { Session } from "../session/session.ts";
import { FieldReader } from "./field-reader.ts";
import { type RecordHead, decodeBody, encodeBody, userIdOfBody } from "./record.ts";

describe("a record", () => {
  test("of any session comes back equal, sealed or plain", () => {
    fc.assert(
      fc.property(anySession(), (session) => {
        for (const ring of [SEALING, PLAIN])
          expect(decodeBody(headOf(session), encodeBody(session, ring), ring)).toEqual(session);
      }),
    );
  });

  test("shows no token, code or email when it is sealed", () => {
    const body = Buffer.from(encodeBody(FULL, SEALING)).toString("latin1");
    expect(body).not.toContain("planted");
    expect(Buffer.from(encodeBody(FULL, PLAIN)).toString("latin1")).toContain("planted-access");
  });

  test("tells its user without being opened", () => {
    expect(userIdOfBody(encodeBody(FULL, SEALING))).toBe("user007");
  });

  test("keeps the fields of a newer version of the service, the sealed ones sealed", () => {
    const unknownFields = {
      clear: { country: "NZ", __proto__: null, nested: { a: [1] }, "#254": "AQID" },
      sealed: { dpop: "planted-key", "#5": "cGxhbnRlZC1rZXk" },
    };
    const session = { ...FULL, unknownFields };
    const body = encodeBody(session, SEALING);
    expect(Buffer.from(body).toString("latin1")).not.toContain("planted-key");
    expect(decodeBody(headOf(session), body, SEALING)).toEqual(session);
  });

  test("does not let unknown fields take the place of known ones", () => {
    const unknownFields = { clear: { "#1": "AG1hbGxvcnk" }, sealed: { "#2": "AGZvcmdlZA" } };
    const { userId, attributes } = decodeBody(
      headOf(FULL),
      encodeBody({ ...FULL, unknownFields }, SEALING),
      SEALING,
    );
    expect({ userId, attributes }).toEqual({ userId: "user007", attributes: FULL.attributes });
  });
});

describe("a sealed record is unreadable", () => {
  const body = encodeBody(FULL, SEALING);
  const changes: { readonly [K in keyof Omit<RecordHead, "lastUsedAt">]: RecordHead[K] } = {
    id: mintSessionId("user007", randomBytes),
    deviceId: "laptop",
    version: "2-AAAAAAAA",
    createdAt: FULL.createdAt - 1,
    expiresAt: FULL.expiresAt + 1,
    idleSeconds: FULL.idleSeconds + 1,
  };

  for (const [field, value] of Object.entries(changes)) {
    test(`when ${field} was changed in the store`, () => {
      expect(failureOf({ ...headOf(FULL), [field]: value }, body)).toBe("record_unreadable");
    });
  }

  test("but not when the last use was: touches are not sealed", () => {
    const lastUsedAt = FULL.lastUsedAt + 5000;
    expect(decodeBody({ ...headOf(FULL), lastUsedAt }, body, SEALING)).toEqual({
      ...FULL,
      lastUsedAt,
    });
  });

  test("when any one byte of it was changed", () => {
    for (let at = 0; at < body.length; at++) {
      const altered = Uint8Array.from(body);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(failureOf(headOf(FULL), altered)).toBe("record_unreadable");
    }
  });

  test("when it was cut anywhere", () => {
    for (let length = 0; length < body.length; length++)
      expect(failureOf(headOf(FULL), body.subarray(0, length))).toBe("record_unreadable");
  });

  test("when parts of two records were swapped, in either of them", () => {
    const other = aSession({ userId: "user007", attributes: { accessToken: "other" } });
    const [clear, box] = partsOf(body);
    const [otherClear, otherBox] = partsOf(encodeBody(other, SEALING));
    expect(failureOf(headOf(FULL), Buffer.concat([otherClear, box]))).toBe("record_unreadable");
    expect(failureOf(headOf(FULL), Buffer.concat([clear, otherBox]))).toBe("record_unreadable");
    expect(failureOf(headOf(other), Buffer.concat([otherClear, box]))).toBe("record_unreadable");
    expect(failureOf(headOf(other), Buffer.concat([clear, otherBox]))).toBe("record_unreadable");
    expect(failureOf(headOf(other), body)).toBe("record_unreadable");
  });

  test("with a ring that lacks the key, and says which key is missing, not what is inside", () => {
    const ring = new KeyRing([randomBytes(KEY_BYTES)]);
    expect(failureOf(headOf(FULL), body, ring)).toBe("record_unreadable");
    expect(() => decodeBody(headOf(FULL), body, ring)).toThrow(/sealed with key [0-9a-f]{8}/);
  });

  test("when it is a plain one", () => {
    expect(failureOf(headOf(FULL), encodeBody(FULL, PLAIN))).toBe("record_unreadable");
  });

  test("does not open when a part of it is passed off as a part of its head", () => {
    const userId = 'x","e",1,2,9]\u0001\u0007\u0000victim';
    const session = aSession({ userId, version: "1-AAAAAAAA" });
    const stored = Buffer.from(encodeBody(session, SEALING));
    const { version, deviceId, createdAt, expiresAt, idleSeconds } = headOf(session);
    const moved = stored.toString("latin1", 0, stored.indexOf('","e",1,'));
    const forged = {
      ...headOf(session),
      deviceId: "e",
      createdAt: 1,
      expiresAt: 2,
      idleSeconds: 9,
      version: `${version}","${deviceId}",${createdAt},${expiresAt},${idleSeconds}]${moved}`,
    };
    const rest = stored.subarray(stored.indexOf("\u0001\u0007\u0000victim"));
    expect(failureOf(forged, rest)).toBe("record_unreadable");
  });
});

/** The clear fields, and the box. */
function partsOf(body: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const reader = new FieldReader(Buffer.from(body));
  while (reader.next() !== undefined);
  return [body.subarray(0, reader.end), body.subarray(reader.end)];
}

function anySession(): fc.Arbitrary<Session> {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const instant = fc.nat(Number.MAX_SAFE_INTEGER);
  // As it comes out of a record: JSON knows no -0.
  const json = fc
    .jsonValue({ noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const unknown = fc.dictionary(fc.string({ minLength: 7, maxLength: 12 }), json, { maxKeys: 3 });
  const attributes = fc.record(
    {
      authCode: text,
      accessToken: text,
      refreshToken: text,
      userEmail: text,
      expirationTimeSeconds: fc.nat(2 ** 31 - 1),
    },
    { requiredKeys: [] },
  );
  const optional = fc.record(
    { accessTokenExpiresAt: instant, userAgent: text, ipAddress: text },
    { requiredKeys: [] },
  );
  const required = fc.record({
    userId: text,
    deviceId: text,
    tokenHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    createdAt: instant,
    updatedAt: instant,
    lastUsedAt: instant,
    expiresAt: instant,
    idleSeconds: fc.nat(2 ** 31 - 1),
  });
  return fc
    .tuple(required, optional, attributes, unknown, unknown)
    .map(([shown, more, given, clear, sealed]) => {
      const none = Object.keys(clear).length + Object.keys(sealed).length === 0;
      const unknownFields = none ? {} : { unknownFields: { clear, sealed } };
      return aSession({ ...shown, ...more, attributes: given, ...unknownFields });
    });
}

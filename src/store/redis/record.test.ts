import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { randomBytes } from "node:crypto";
import { aSession, aVersion, nextOf, summaryOf } from "../../../test/support/sessions.ts";
import fixture from "../../../test/fixtures/redis-record-v1.json";
import { KEY_BYTES, KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import { type SessionId, mintSessionId } from "../../session/id.ts";
import { type Session, deadlineOf } from "../../session/session.ts";
import { isUserKeyAt, putUserKey } from "./keys.ts";
import {
  decodeEntry,
  decodeRecord,
  encodeRecord,
  encodeTimes,
  encodeVersion,
  summaryOfRecord,
} from "./record.ts";

const SEALING = new KeyRing([randomBytes(KEY_BYTES)]);
const PLAIN = new KeyRing([]);

describe("a Redis record", () => {
  test("of any session comes back equal, sealed or plain", () => {
    fc.assert(
      fc.property(anySession(), (session) => {
        for (const ring of [SEALING, PLAIN]) {
          const record = encodeRecord(session, ring);
          expect(decodeRecord(session.id, record, ring)).toEqual(session);
          expect(summaryOfRecord(session.id, record)).toEqual(summaryOf(session));
        }
      }),
    );
  });

  test("has its parts where the scripts look for them", () => {
    const session = aSession({ version: "7-AAECAwQF", deviceId: "phone" });
    const record = encodeRecord(session, SEALING);
    expect(record[0]).toBe(1);
    expect(isUserKeyAt(record, 1, "user007")).toBe(true);
    expect(record.subarray(17, 27).toString("hex")).toBe("00000007000102030405");
    expect(record.readUInt16BE(27)).toBe(28 + "phone".length);
    expect(record.readUIntBE(29, 6)).toBe(session.lastUsedAt);
    expect(record.readUIntBE(35, 6)).toBe(deadlineOf(session));
    expect(record.subarray(29, 41)).toEqual(encodeTimes(session));
    expect(record.readUIntBE(41, 6)).toBe(session.createdAt);
    expect(record.readUIntBE(47, 6)).toBe(session.expiresAt);
    expect(record.readUInt32BE(53)).toBe(session.idleSeconds);
    expect(record.subarray(57, 57 + 5).toString()).toBe("phone");
  });

  test("takes the times of a touch written over its own", () => {
    const session = aSession({ attributes: { accessToken: "token" } });
    const touched = { ...session, lastUsedAt: session.lastUsedAt + 90_000 };
    const record = encodeRecord(session, SEALING);
    record.set(encodeTimes(touched), 29);
    expect(decodeRecord(session.id, record, SEALING)).toEqual(touched);
  });

  test("whose box cannot be opened still tells what it was", () => {
    const session = aSession();
    const record = encodeRecord(session, new KeyRing([randomBytes(KEY_BYTES)]));
    expect(failureOf(session.id, record)).toBe("record_unreadable");
    expect(summaryOfRecord(session.id, record)).toEqual(summaryOf(session));
  });

  for (const [kind, keys] of [
    ["sealed", [Buffer.from(fixture.key, "hex")]],
    ["plain", []],
  ] as const)
    test(`of format 1, ${kind}, is read as it was when format 1 was made`, () => {
      const id = fixture.session.id as SessionId;
      const record = Buffer.from(fixture[kind], "base64");
      const tokenHash = Buffer.from(fixture.tokenHash, "hex");
      const session = { ...fixture.session, id, tokenHash };
      expect(decodeRecord(id, record, new KeyRing(keys))).toEqual(session);
    });

  test("is refused for a version of another shape", () => {
    expect(() => encodeRecord(aSession({ version: "1" }), PLAIN)).toThrow(RangeError);
  });
});

describe("a Redis record is unreadable", () => {
  const session = aSession({ deviceId: "phone", attributes: { accessToken: "token" } });
  const other = aSession({ deviceId: "phone", attributes: { accessToken: "other" } });

  test("under the id of another session", () => {
    const record = encodeRecord(session, SEALING);
    expect(failureOf(other.id, record)).toBe("record_unreadable");
  });

  test("with the body of another session of the same user and device, in both directions", () => {
    const [one, two] = [encodeRecord(session, SEALING), encodeRecord(other, SEALING)];
    const bodyAt = 29 + one.readUInt16BE(27);
    const swapped = (head: Buffer, body: Buffer) =>
      Buffer.concat([head.subarray(0, bodyAt), body.subarray(bodyAt)]);
    expect(failureOf(session.id, swapped(one, two))).toBe("record_unreadable");
    expect(failureOf(other.id, swapped(two, one))).toBe("record_unreadable");
  });

  test("with an older body of the same session", () => {
    const [old, next] = [session, nextOf(session)].map((s) => encodeRecord(s, SEALING));
    if (!old || !next) throw new Error("two records");
    const bodyAt = 29 + next.readUInt16BE(27);
    const mixed = Buffer.concat([next.subarray(0, bodyAt), old.subarray(bodyAt)]);
    expect(failureOf(session.id, mixed)).toBe("record_unreadable");
  });

  test("with the user key of somebody else, plain too", () => {
    const record = encodeRecord(session, PLAIN);
    putUserKey(record, 1, "somebody else");
    expect(failureOf(session.id, record, PLAIN)).toBe("record_unreadable");
  });

  test("under an id of another bucket, plain too", () => {
    const record = encodeRecord(session, PLAIN);
    const id = mintSessionId("somebody else", randomBytes);
    expect(failureOf(id, record, PLAIN)).toBe("record_unreadable");
  });

  test("when any one byte but those of the two touched times was changed", () => {
    const record = encodeRecord(session, SEALING);
    for (let at = 0; at < record.length; at++) {
      if (at >= 29 && at < 41) continue;
      const altered = Buffer.from(record);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect({ at, failure: failureOf(session.id, altered) }).toEqual({
        at,
        failure: "record_unreadable",
      });
    }
  });

  test("when it was cut anywhere", () => {
    for (const ring of [SEALING, PLAIN]) {
      const record = encodeRecord(session, ring);
      for (let length = 0; length < record.length; length++)
        expect(failureOf(session.id, record.subarray(0, length), ring)).toBe("record_unreadable");
    }
  });

  test("and fails in no other way, whatever bytes are there", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.boolean(), (random, looksReal) => {
        const record = Buffer.from(looksReal ? [1, ...random] : random);
        expect(failureOf(session.id, record, PLAIN)).toBe("record_unreadable");
        expect(summaryFailureOf(session.id, record)).toBe("record_unreadable");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an index entry", () => {
  test("stays within the 64 bytes of a compact hash for a device id of 36 bytes", () => {
    const record = encodeRecord(aSession({ deviceId: crypto.randomUUID() }), SEALING);
    expect(record.readUInt16BE(27)).toBe(64);
  });

  test("that is cut is unreadable", () => {
    const session = aSession({ deviceId: "" });
    const entry = encodeRecord(session, SEALING).subarray(29, 29 + 27);
    expect(() => decodeEntry(session.id, session.userId, entry)).toThrow(SessionError);
  });
});

describe("a version", () => {
  test("of the usual shape takes ten bytes, each version its own", () => {
    expect(encodeVersion("1-AAAAAAAA")).toEqual(Buffer.from("00000001000000000000", "hex"));
    expect(encodeVersion("4294967295-________")).toEqual(Buffer.alloc(10, 0xff));
  });

  for (const version of ["", "1", "0-AAAAAAAA", "01-AAAAAAAA", "4294967296-AAAAAAAA"])
    test(`"${version}" is none that can be stored`, () => {
      expect(encodeVersion(version)).toBeUndefined();
    });

  for (const version of ["1-AAAAAAA", "1-AAAAAAAAA", "1-AAAAAA==", "1-AAAA+AAA", "1-AAAAAAAA\n"])
    test(`${JSON.stringify(version)} is none that can be stored`, () => {
      expect(encodeVersion(version)).toBeUndefined();
    });
});

function failureOf(id: SessionId, record: Buffer, ring = SEALING): string {
  return failureIn(() => decodeRecord(id, record, ring));
}

function summaryFailureOf(id: SessionId, record: Buffer): string {
  return failureIn(() => summaryOfRecord(id, record));
}

function failureIn(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    expect(error.outcome).toBe("none");
    return error.code;
  }
  return "read";
}

function anySession(): fc.Arbitrary<Session> {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 256 });
  const instant = fc.nat(2 ** 48 - 1);
  const required = fc.record({
    userId: text,
    deviceId: text,
    counter: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    createdAt: instant,
    lastUsedAt: instant,
    expiresAt: instant,
    idleSeconds: fc.nat(2 ** 30 - 1),
    attributes: fc.record({ accessToken: text, userEmail: text }, { requiredKeys: [] }),
  });
  return required.map(({ counter, ...shown }) =>
    aSession({ ...shown, version: aVersion(counter) }),
  );
}

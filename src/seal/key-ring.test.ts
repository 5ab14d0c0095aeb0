import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing, SealError } from "./key-ring.ts";

const NAME = "0b9f7a3e-5f0c-8a17-9d2b-0123456789ab";
const OTHER_NAME = "0b9f7a3e-5f0c-8a17-9d2b-0123456789ac";
const ASSOCIATED = Buffer.from("version 1 of user007");
const SECRET = Buffer.from("a token that nobody may read");
const SEALED_HEAD_BYTES = 17;
const TAG_BYTES = 16;

const aKey = () => randomBytes(KEY_BYTES);

describe("a sealed value", () => {
  test("of any bytes opens again under its name and associated data", () => {
    const ring = new KeyRing([aKey()]);
    const bytes = fc.uint8Array({ maxLength: 5000 });
    fc.assert(
      fc.property(fc.string(), bytes, bytes, (name, plain, associated) => {
        const box = ring.seal(name, plain, associated);
        expect(box).toHaveLength(SEALED_HEAD_BYTES + plain.length + TAG_BYTES);
        expect(ring.open(name, box, associated)).toEqual(plain);
      }),
    );
  });

  test("does not show what is in it, and differs each time", () => {
    const ring = new KeyRing([aKey()]);
    const [one, two] = [sealWith(ring), sealWith(ring)];
    expect(Buffer.from(one).includes(SECRET)).toBe(false);
    expect(one).not.toEqual(two);
  });

  test("does not open after any one bit was changed", () => {
    const ring = new KeyRing([aKey()]);
    const box = sealWith(ring);
    for (let bit = 0; bit < box.length * 8; bit++) {
      const altered = Uint8Array.from(box);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOfOpening(ring, altered)).toMatch(/^(unknown_key|not_authentic|not_sealed)$/);
    }
  });

  test("does not open when cut anywhere, or made longer", () => {
    const ring = new KeyRing([aKey()]);
    const box = sealWith(ring);
    for (let length = 0; length < box.length; length++)
      expect(codeOfOpening(ring, box.subarray(0, length))).toBe("not_authentic");
    expect(codeOfOpening(ring, Buffer.concat([box, Buffer.of(0)]))).toBe("not_authentic");
  });

  test("does not open under another name, or with other associated data", () => {
    const ring = new KeyRing([aKey()]);
    const box = sealWith(ring);
    expect(codeOfOpening(ring, box, OTHER_NAME)).toBe("not_authentic");
    expect(codeOfOpening(ring, box, NAME, Buffer.from("version 2 of user007"))).toBe(
      "not_authentic",
    );
  });

  test("does not open with the parts of two boxes of the same name", () => {
    const ring = new KeyRing([aKey()]);
    const [one, two] = [Buffer.from(sealWith(ring)), Buffer.from(sealWith(ring))];
    const mixed = Buffer.concat([one.subarray(0, 30), two.subarray(30)]);
    expect(codeOfOpening(ring, mixed)).toBe("not_authentic");
  });
});

describe("a ring of keys", () => {
  test("seals with the first and opens with any, so that a key is rotated in two steps", () => {
    const [old, fresh] = [aKey(), aKey()];
    const before = sealWith(new KeyRing([old]));
    const preparing = new KeyRing([old, fresh]);
    const switched = new KeyRing([fresh, old]);
    const after = sealWith(switched);
    for (const ring of [preparing, switched])
      for (const box of [before, after, sealWith(preparing)])
        expect(ring.open(NAME, box, ASSOCIATED)).toEqual(SECRET);
    expect(new KeyRing([fresh]).open(NAME, after, ASSOCIATED)).toEqual(SECRET);
  });

  test("names the key that is missing, and says nothing of the value", () => {
    const box = sealWith(new KeyRing([aKey()]));
    const ring = new KeyRing([aKey()]);
    expect(codeOfOpening(ring, box)).toBe("unknown_key");
    const keyId = Buffer.from(box.subarray(1, 5)).toString("hex");
    expect(() => ring.open(NAME, box, ASSOCIATED)).toThrow(
      `sealed with key ${keyId}, which is not configured`,
    );
  });

  test("does not open what another key sealed, though the key is named as its own", () => {
    const [mine, theirs] = [aKey(), aKey()];
    const box = Buffer.from(sealWith(new KeyRing([theirs])));
    box.set(sealWith(new KeyRing([mine])).subarray(1, 5), 1);
    expect(codeOfOpening(new KeyRing([mine]), box)).toBe("not_authentic");
  });
});

describe("without keys", () => {
  const plainRing = new KeyRing([]);

  test("values are written plain, marked by a first byte of 0, and open again", () => {
    const box = sealWith(plainRing);
    expect(plainRing.isSealing).toBe(false);
    expect(box).toEqual(Buffer.concat([Buffer.of(0), SECRET]));
    expect(plainRing.open(NAME, box, ASSOCIATED)).toEqual(SECRET);
  });

  test("a sealed value does not open", () => {
    expect(codeOfOpening(plainRing, sealWith(new KeyRing([aKey()])))).toBe("unknown_key");
  });

  test("a plain value is refused as soon as keys are configured", () => {
    const ring = new KeyRing([aKey()]);
    expect(ring.isSealing).toBe(true);
    expect(codeOfOpening(ring, sealWith(plainRing))).toBe("not_sealed");
  });

  test("bytes that are no box are refused", () => {
    for (const bytes of [[], [2], [255, 1, 2], [1], [1, 2, 3]])
      expect(codeOfOpening(plainRing, Uint8Array.from(bytes))).toBe("not_authentic");
  });
});

function sealWith(ring: KeyRing): Uint8Array {
  return ring.seal(NAME, SECRET, ASSOCIATED);
}

function codeOfOpening(
  ring: KeyRing,
  box: Uint8Array,
  name = NAME,
  associated: Uint8Array = ASSOCIATED,
): string {
  try {
    ring.open(name, box, associated);
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
  return "opened";
}

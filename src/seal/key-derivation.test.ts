import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createHmac } from "node:crypto";
import { KeyDerivation } from "./key-derivation.ts";

test("a derived key is the HMAC-SHA-256 of the name, whatever was derived before", () => {
  const masters = fc.uint8Array({ minLength: 0, maxLength: 64 });
  const names = fc.array(fc.string({ unit: "binary", maxLength: 150 }), { maxLength: 5 });
  fc.assert(
    fc.property(masters, names, (master, all) => {
      const derivation = new KeyDerivation(master);
      for (const name of all) {
        const expected = createHmac("sha256", master).update(name).digest("hex");
        expect(Buffer.from(derivation.keyOf(name)).toString("hex")).toBe(expected);
      }
    }),
  );
});

import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { hash, randomBytes } from "node:crypto";
import { mintSessionId, sessionIdToBytes } from "./id.ts";
import { idOfToken, isTokenOf, mintToken } from "./token.ts";

const any32Bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("a session token", () => {
  test("is smt_ and the base64url of the id's 16 bytes and 32 random ones", () => {
    fc.assert(
      fc.property(any32Bytes, (secret) => {
        const id = mintSessionId("user007", randomBytes);
        const { token } = mintToken(id, () => secret);
        expect(token).toMatch(/^smt_[A-Za-z0-9_-]{64}$/);
        const bytes = Buffer.from(token.slice(4), "base64url");
        expect(bytes.subarray(0, 16)).toEqual(Buffer.from(sessionIdToBytes(id)));
        expect(bytes.subarray(16)).toEqual(Buffer.from(secret));
      }),
    );
  });

  test("is stored as the SHA-256 of its random part, and so cannot be read from the store", () => {
    const secret = randomBytes(32);
    const { tokenHash } = mintToken(mintSessionId("user007", randomBytes), () => secret);
    expect(tokenHash).toEqual(hash("sha256", secret, "buffer"));
  });

  test("names its session and belongs to it", () => {
    const id = mintSessionId("user007", randomBytes);
    const { token, tokenHash } = mintToken(id, randomBytes);
    expect(idOfToken(token)).toBe(id);
    expect(isTokenOf({ id, tokenHash }, token)).toBe(true);
  });

  test("with any one character changed does not belong to the session", () => {
    const id = mintSessionId("user007", randomBytes);
    const { token, tokenHash } = mintToken(id, randomBytes);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const altered = token.slice(0, at) + other + token.slice(at + 1);
      expect(isTokenOf({ id, tokenHash }, altered)).toBe(false);
    }
  });

  test("of one session does not belong to another with the same secret", () => {
    const secret = randomBytes(32);
    const [one, two] = [mintSessionId("a", randomBytes), mintSessionId("a", randomBytes)];
    const { tokenHash } = mintToken(one, () => secret);
    const other = mintToken(two, () => secret).token;
    expect(isTokenOf({ id: one, tokenHash }, other)).toBe(false);
  });

  test("whose id has another shape names no session", () => {
    const bytes = randomBytes(48);
    bytes[6] = 0x41;
    expect(idOfToken(`smt_${bytes.toString("base64url")}`)).toBeUndefined();
  });

  test("is the only text of its kind: no other spelling is accepted", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(idOfToken(text)).toBeUndefined()));
    const { token } = mintToken(mintSessionId("user007", randomBytes), randomBytes);
    const body = token.slice(4);
    for (const text of [body, `SMT_${body}`, `${token} `, `${token}=`, `smt_ ${body.slice(1)}`])
      expect(idOfToken(text)).toBeUndefined();
  });
});

import { describe, expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { randomBytes } from "node:crypto";
import { mintSessionId } from "./id.ts";
import type { Session } from "./session.ts";
import { mintToken } from "./token.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

describe("verified tokens", () => {
  test("are known again, with the id and the hash they were found right for", () => {
    const { token, session } = login();
    const tokens = new VerifiedTokens();
    expect(tokens.get(token)).toBeUndefined();
    tokens.add(token, session);
    expect(tokens.get(token)?.id).toBe(session.id);
    expect(tokens.get(token)?.tokenHash).toBe(session.tokenHash);
  });

  test("are known by every character", () => {
    const { token, session } = login();
    const tokens = new VerifiedTokens();
    tokens.add(token, session);
    for (let at = 4; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      expect(tokens.get(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
    for (const text of ["", "smt_", token.slice(0, -1), `${token}A`, token.slice(0, 25)])
      expect(tokens.get(text)).toBeUndefined();
  });

  test("are known where they end a text, and nowhere else in it", () => {
    const { token, session } = login();
    const tokens = new VerifiedTokens();
    tokens.add(token, session);
    expect(tokens.get(`Bearer ${token}`, 7)?.id).toBe(session.id);
    for (const [text, start] of [
      [`Bearer ${token}A`, 7],
      [`Bearer ${token}`, 6],
      [`Bearer ${token}`, 8],
    ] as const)
      expect(tokens.get(text, start)).toBeUndefined();
  });

  test("of one session give way to its newer one", () => {
    const { token, session } = login();
    const newer = mintToken(session.id, randomBytes);
    const tokens = new VerifiedTokens();
    tokens.add(token, session);
    tokens.add(newer.token, { ...session, tokenHash: newer.tokenHash });
    expect(tokens.get(token)).toBeUndefined();
    expect(tokens.get(newer.token)?.tokenHash).toBe(newer.tokenHash);
  });

  test("do not keep the header that they were cut out of", () => {
    const tokens = new VerifiedTokens();
    const other = "x".repeat(100_000);
    Bun.gc(true);
    const before = heapStats().heapSize + heapStats().extraMemorySize;
    for (let n = 0; n < 500; n += 1) {
      const { token, session } = login();
      const cookie = `${other}${n}; __Host-session=${token}; ${n}`;
      tokens.add(cookie.slice(cookie.indexOf("smt_")).slice(0, token.length), session);
    }
    Bun.gc(true);
    const grownBytes = heapStats().heapSize + heapStats().extraMemorySize - before;
    expect(grownBytes).toBeLessThan(10_000_000);
  });

  test("over the limit make room, the first added first", () => {
    const logins = [login(), login(), login()];
    const tokens = new VerifiedTokens(2);
    for (const { token, session } of logins) tokens.add(token, session);
    expect(logins.map(({ token }) => tokens.get(token) !== undefined)).toEqual([false, true, true]);
  });
});

function login(): { readonly token: string; readonly session: Session } {
  const id = mintSessionId("user007", randomBytes);
  const { token, tokenHash } = mintToken(id, randomBytes);
  return { token, session: { id, tokenHash } as Session };
}

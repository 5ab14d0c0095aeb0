import { describe, expect, test } from "bun:test";
import { aFullSession } from "../../test/support/filled-database.ts";
import { aSession } from "../../test/support/sessions.ts";
import { mintSessionId } from "../session/id.ts";
import { canonicalText, documentOf, sessionOf } from "./session-document.ts";

const NINE = () => Buffer.alloc(16, 9);

describe("the document of a session", () => {
  for (const [what, session] of [
    ["with nothing but what every one has", aSession()],
    ["with everything, also what a newer version wrote", aFullSession()],
    ["whose login is needed, under a refresh", aFullSession({ needsLogin: true })],
  ] as const)
    test(`gives the same session back: ${what}`, () => {
      const json: unknown = JSON.parse(JSON.stringify(documentOf(session)));
      expect(sessionOf(json)).toEqual({
        session: { ...session, tokenHash: Buffer.from(session.tokenHash) },
      });
    });

  test("has the names of the API, and the members of unknown fields as they are", () => {
    const document = documentOf(aFullSession());
    expect(document).toMatchObject({
      user_id: "user007",
      attributes: { access_token: expect.any(String), expiration_time_seconds: 300 },
      unknown_fields: { sealed: { secretLater: "x" } },
    });
  });
});

describe("a document that is none", () => {
  const good = documentOf(aFullSession());
  for (const [change, mistake] of [
    [{ id: "x" }, "id: is not a session id"],
    [{ id: mintSessionId("somebody else", NINE) }, "id is not one of user_id's"],
    [{ user_id: "" }, "user_id: must not be empty"],
    [{ user_id: undefined }, "user_id: is required"],
    [{ version: "one" }, "version: is not a version"],
    [{ token_hash: "short" }, "token_hash: is not 32 bytes of base64url"],
    [{ created_at: "2026-01-01T00:00:00Z" }, "created_at: "],
    [{ expires_at: -1 }, "expires_at: "],
    [{ idle_seconds: 1.5 }, "idle_seconds: "],
    [{ attributes: { acess_token: "typo" } }, "attributes: "],
    [{ attributes: { access_token: 5 } }, "attributes.access_token: "],
    [{ access_token_expires_at: -1 }, "access_token_expires_at: "],
    [{ origin: "text" }, "it holds something that this version does not keep"],
    [{ refresh_attempt: 5 }, "it holds something that this version does not keep"],
    [{ user_agent: "\uD800" }, "it holds something that this version does not keep"],
    [{ needs_login: "yes" }, "needs_login: "],
    [{ surprise: true }, "it holds something that this version does not keep"],
  ] as const)
    test(`is told with its member and not with its value: ${JSON.stringify(change)}`, () => {
      const read = sessionOf({ ...good, ...change });
      expect("mistake" in read && read.mistake).toStartWith(mistake);
      expect(JSON.stringify(read)).not.toContain('typo":"');
    });

  for (const nothing of [null, 5, "text", []])
    test(`is ${JSON.stringify(nothing)}`, () => {
      expect(sessionOf(nothing)).toHaveProperty("mistake");
    });
});

test("the canonical text does not depend on the order of members", () => {
  const session = aFullSession();
  const { id, ...rest } = session;
  expect(canonicalText({ ...rest, id })).toBe(canonicalText(session));
});

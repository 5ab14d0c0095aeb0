import { describe, expect, test } from "bun:test";
import { SessionError } from "../session/errors.ts";
import { describeFault } from "./fault.ts";

describe("a fault in the log", () => {
  test("is told with its name, code, causes and where it happened", () => {
    const cause = new Error("connection lost");
    const told = describeFault(
      new SessionError("store_unavailable", "unknown", "no reply", { cause }),
    );
    expect(told).toMatchObject({
      name: "SessionError",
      code: "store_unavailable",
      message: "no reply",
      cause: { name: "Error", message: "connection lost" },
    });
    expect(told.stack?.[0]).toStartWith("at ");
  });

  test("takes nothing over that an error may carry besides", () => {
    const error = Object.assign(new Error("x"), { body: "secret", command: ["AUTH", "secret"] });
    expect(JSON.stringify(describeFault(error))).not.toContain("secret");
  });

  for (const [what, message] of [
    ["a session token", "no session for smt_secretsecret-secret_secret"],
    ["an API key", "refused smk_secretsecret"],
    ["a login in a URL", "cannot reach redis://user:secret@host:1/2"],
  ] as const)
    test(`shows no part of ${what}`, () => {
      expect(JSON.stringify(describeFault(new Error(message)))).not.toContain("secret");
    });

  test("shows nothing of a text that could not be parsed", () => {
    const error = thrownBy(() => JSON.parse('{"access_token":secretsecret}') as unknown);
    expect(String(error)).toContain("secret");
    expect(JSON.stringify(describeFault(error))).not.toContain("secret");
  });

  test("of a kind that is no error says only that", () => {
    expect(describeFault("secret")).toEqual({ name: "unknown", message: "a thrown string" });
  });

  test("ends, also where errors cause each other", () => {
    const error = new Error("a");
    error.cause = new Error("b", { cause: error });
    expect(JSON.stringify(describeFault(error)).length).toBeLessThan(10_000);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

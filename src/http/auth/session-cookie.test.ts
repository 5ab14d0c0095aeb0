import { describe, expect, test } from "bun:test";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "./session-cookie.ts";

function read(cookie: string) {
  return readSessionCookie(new Headers({ cookie }));
}

describe("the session cookie", () => {
  test("is found among others, with spaces and tabs around it", () => {
    expect(read("a=1; __Host-session=x; b=2")).toEqual({ value: "x" });
    expect(read("a=1;\t__Host-session=x ;b")).toEqual({ value: "x" });
  });

  test("is not there when nothing has its name", () => {
    expect(readSessionCookie(new Headers())).toBeUndefined();
    expect(read("a=__Host-session; my__Host-session=1; __Host-session2=2")).toBeUndefined();
  });

  test.each(["\u00A0", "\u0085", "\u000B", "\u000C"])(
    "is not a cookie whose name begins with %j: browsers let any subdomain set that one",
    (blank) => {
      const headers = { get: () => `${blank}__Host-session=evil` } as unknown as Headers;
      expect(readSessionCookie(headers)).toBeUndefined();
    },
  );

  test("is ambiguous when it comes twice or in another case", () => {
    expect(read("__Host-session=x; __Host-session=x")).toBe("ambiguous");
    expect(read("__host-session=x")).toBe("ambiguous");
    expect(read("__Host-session=x; __HOST-SESSION=y")).toBe("ambiguous");
  });
});

test("a cookie lives as long as its session", () => {
  expect(setSessionCookie("smt_x", 90_999, 1000)).toBe(
    "__Host-session=smt_x; Max-Age=89; Path=/; Secure; HttpOnly; SameSite=Lax",
  );
  expect(setSessionCookie("smt_x", 0, 1000)).toContain("Max-Age=0;");
  expect(clearSessionCookie()).toContain("__Host-session=; Max-Age=0;");
});

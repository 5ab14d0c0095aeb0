import { describe, expect, test } from "bun:test";
import { PAGE_HEADERS } from "../../src/page/headers.ts";
import { SCRIPT, STYLE } from "../../src/page/assets.ts";
import { expectProblem } from "../support/answer.ts";
import { DevicesBrowser } from "../support/devices-browser.ts";
import { ServedApp } from "../support/serve-app.ts";

describe("every HTML answer", () => {
  test("may not be kept, framed or sniffed, and runs nothing but the page's own script", async () => {
    await using app = new ServedApp();
    const own = await app.create();
    const browser = new DevicesBrowser(app, own);
    const answers = [
      await browser.open(),
      await browser.open("?confirm=close-all"),
      await browser.submit("close", { session_id: "x", more: "x" }),
      await new DevicesBrowser(app, own, { "sec-fetch-site": "cross-site" }).submit("close-all"),
      await new DevicesBrowser(app, undefined).open(),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 403, 401]);
    for (const { headers } of answers) {
      for (const [name, value] of Object.entries(PAGE_HEADERS))
        expect(headers.get(name)).toBe(value);
      expect(headers.get("x-request-id")).not.toBeNull();
      expect(headers.get("server")).toBeNull();
    }
  });

  test("insists on HTTPS where browsers come by HTTPS, and nowhere else", async () => {
    await using secure = new ServedApp({ publicOrigin: "https://app.example.org" });
    await using plain = new ServedApp({ publicOrigin: "http://app.example.org" });
    for (const path of ["/a01/devices", "/a01/session", "/docs", "/nowhere"]) {
      const insisting = await secure.send("GET", path);
      expect(insisting.headers.get("strict-transport-security")).toBe("max-age=31536000");
      const other = await plain.send("GET", path);
      expect(other.headers.get("strict-transport-security")).toBeNull();
    }
  });

  test.each([
    ["gzip, deflate, br, zstd", true],
    ["BR", true],
    ["br;q=0.5", true],
    ["br;q=0", false],
    ["br; q=0.000", false],
    ["gzip, zebra", false],
    ["*", false],
  ])("Accept-Encoding %p: compressed by brotli is %p", async (coding, isCompressed) => {
    await using app = new ServedApp();
    const own = await app.create();
    const headers = { cookie: `__Host-session=${own.session_token}`, "accept-encoding": coding };
    for (const path of ["/a01/devices", `/a01/devices/assets/${SCRIPT.name}`]) {
      const answer = await app.send("GET", path, { key: null, headers });
      expect(answer.headers.get("content-encoding")).toBe(isCompressed ? "br" : null);
      expect(answer.headers.get("vary")).toContain("Accept-Encoding");
      // fetch has taken the coding off.
      expect(answer.text.length).toBeGreaterThan(2000);
    }
  });
});

describe("the script and the style sheet", () => {
  test("are given to everybody, whole, and may be kept for ever", async () => {
    await using app = new ServedApp();
    for (const { name, contentType, identity } of [SCRIPT, STYLE]) {
      const answer = await app.send("GET", `/a01/devices/assets/${name}`, { key: null });
      expect(answer.text).toBe(new TextDecoder().decode(identity));
      expect(answer.headers.get("content-type")).toBe(contentType);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("of another version are not there, and that may not be kept", async () => {
    await using app = new ServedApp();
    for (const name of ["0123456789abcdef.js", "..%2F..%2Fassets.ts", "%zz", "constructor"])
      expectProblem(
        await app.send("GET", `/a01/devices/assets/${name}`, { key: null }),
        "not_found",
      );
  });
});

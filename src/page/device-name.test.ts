import { describe, expect, test } from "bun:test";
import { describeDevice } from "./device-name.ts";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)";
const IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";

const AGENTS = [
  [
    `${WINDOWS.slice(0, -1)}; rv:145.0) Gecko/20100101 Firefox/145.0`,
    "Firefox on Windows",
    "desktop",
  ],
  [`${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "Chrome on Windows", "desktop"],
  [
    `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`,
    "Edge on Windows",
    "desktop",
  ],
  [
    `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36 OPR/125.0.0.0`,
    "Opera on Windows",
    "desktop",
  ],
  [`${MAC} ${WEBKIT} Version/18.5 Safari/605.1.15`, "Safari on macOS", "desktop"],
  [
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Firefox on Linux",
    "desktop",
  ],
  [
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/142.0.0.0 Safari/537.36`,
    "Chrome on Chrome OS",
    "desktop",
  ],
  [`${IPHONE} ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`, "Safari on iPhone", "phone"],
  [
    `${IPHONE} ${WEBKIT} CriOS/142.0.7444.46 Mobile/15E148 Safari/604.1`,
    "Chrome on iPhone",
    "phone",
  ],
  [`${IPAD} ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`, "Safari on iPad", "tablet"],
  [`${ANDROID} ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36`, "Chrome on Android", "phone"],
  [`${ANDROID} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "Chrome on Android", "tablet"],
  [
    `Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    "Samsung Internet on Android",
    "phone",
  ],
  ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "bot"],
  ["MyShop/3.2 (iPhone; iOS 18.5; Scale/3.00)", "MyShop on iPhone", "phone"],
  ["MyShop/77 CFNetwork/3826 Darwin/24.5.0", "MyShop", "unknown"],
  ["curl/8.14.1", "curl", "bot"],
  ["python-requests/2.32.5", "python-requests", "bot"],
  ["Go-http-client/2.0", "Go-http-client", "bot"],
  ["node", "node", "bot"],
] as const;

describe("a device is named by its user agent", () => {
  for (const [agent, device_name, device_kind] of AGENTS) {
    test(`${device_name} (${device_kind}): ${agent.slice(0, 60)}`, () => {
      expect(describeDevice(agent)).toEqual({ device_name, device_kind });
    });
  }

  for (const agent of [undefined, "", "   ", "garbage", "Mozilla/5.0", "🙂/1.0", "%00%00"]) {
    test(`${JSON.stringify(agent)} names nothing, so it is an unknown device`, () => {
      expect(describeDevice(agent).device_name).toBe("Unknown device");
    });
  }

  test("a name with markup or direction marks is not repeated", () => {
    expect(describeDevice("<b>x</b>/1.0 ").device_name).toBe("Unknown device");
    expect(describeDevice("\u202Egnp.exe/1.0 x").device_name).toBe("Unknown device");
    expect(describeDevice("Mozilla/5.0 (<script>) <img src=x>/1.0 ").device_name).toBe(
      "Unknown device",
    );
  });

  test("a very long user agent is read from its beginning", () => {
    expect(describeDevice(`curl/8.14.1 ${"(".repeat(100_000)}`).device_name).toBe("curl");
  });
});

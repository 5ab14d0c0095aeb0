import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import {
  accessibilityFindings,
  DESKTOP,
  keepImage,
  launchBrowser,
  PHONE,
  visit,
} from "../support/browser.ts";
import { aDevice, someDevices } from "../support/devices.ts";
import { dialogOf, focused, statusOf } from "../support/devices-actions.ts";
import { LONG_LIVED, liveThroughMonths } from "../support/devices-life.ts";
import { DevicesSite } from "../support/devices-site.ts";
import { type Failure, FailingStore } from "../support/failing-store.ts";
import { ServedApp } from "../support/serve-app.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

describe("everybody can use it", () => {
  const looks = [
    ["desktop", { ...DESKTOP, colorScheme: "light" }],
    ["dark", { ...DESKTOP, colorScheme: "dark" }],
    ["phone", { ...PHONE, colorScheme: "light" }],
  ] as const;

  for (const [name, look] of looks) {
    test(`axe finds nothing in the list, its dialog and its messages (${name})`, async () => {
      let store: FailingStore | undefined;
      await using app = new ServedApp({
        policy: LONG_LIVED,
        store: (now) => (store = new FailingStore(now)),
      });
      const { session_token } = await liveThroughMonths(app);
      const failTo = (failure: Failure | undefined) => store && (store.failure = failure);
      const options = { ...look, reducedMotion: "reduce" } as const;
      await using visitor = await visit(browser, urlOf(app), options, session_token);
      const { page } = visitor;
      await page.getByText("12 minutes ago").waitFor();
      await keepImage(page, `devices-${name}.png`, name === "phone" ? "window" : "whole");
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
      failTo({ code: "store_unavailable", outcome: "unknown" });
      await dialogOf(page).getByRole("button", { name: "Sign out", exact: true }).click();
      await dialogOf(page)
        .getByRole("alert")
        .getByText("it is not certain whether this was done")
        .waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Try again" }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.reload();
      await page.getByRole("heading", { name: "Not available right now" }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);

      failTo(undefined);
      await page.goto(`${urlOf(app)}?confirm=close-all`);
      await page.getByRole("button", { name: "Sign out everywhere" }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      await page.getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByRole("heading", { name: "You are signed out everywhere" }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
    });
  }

  test("a keyboard is enough, and the focus is never lost", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    const button = page.getByRole("button", { name: "Sign out Safari on iPhone" });
    for (let tabs = 0; tabs < 3; tabs += 1) await page.keyboard.press("Tab");
    expect(await focused(page)).toBe(await button.innerText());

    await page.keyboard.press("Enter");
    await dialogOf(page).waitFor();
    expect(await focused(page)).toBe("Cancel");
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "detached" });
    expect(await focused(page)).toBe(await button.innerText());
    expect(site.devices).toHaveLength(5);

    await page.keyboard.press("Enter");
    await dialogOf(page).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await statusOf(page)).toBe("Safari on iPhone is signed out.");
    await until(async () => (await focused(page)) === "Your devices", {
      what: "the heading has the focus",
      withinMs: 5_000,
    });
    expect(site.devices).toHaveLength(4);
  });

  test("what is touched on a phone is at least 44 pixels high and wide", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url, { ...PHONE, reducedMotion: "reduce" });
    const { page } = visitor;
    await page.getByRole("button", { name: "Sign out everywhere" }).tap();
    await dialogOf(page).waitFor();
    const boxes = await page.locator("button, a").evaluateAll((elements) =>
      elements.map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return Math.min(width, height);
      }),
    );
    expect(boxes).toHaveLength(9);
    expect(Math.min(...boxes)).toBeGreaterThanOrEqual(44);
  });

  test("the longest names fit into 320 pixels without scrolling sideways (WCAG 1.4.10)", async () => {
    const long = "W".repeat(256);
    const device = { device_name: long, device_id: long, ip_address: "2001:db8:".padEnd(39, "f") };
    await using site = new DevicesSite([aDevice({ ...device, current: true }), aDevice(device)]);
    const narrow = { viewport: { width: 320, height: 600 } };
    await using visitor = await visit(browser, site.url, narrow);
    const { page } = visitor;
    const overhang = async () =>
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overhang()).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Sign out W" }).click();
    const dialog = dialogOf(page);
    expect(await dialog.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    expect(await overhang()).toBeLessThanOrEqual(0);
  });
});

function urlOf({ port }: ServedApp): string {
  return `http://localhost:${port}/a01/devices`;
}

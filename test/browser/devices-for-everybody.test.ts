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
import { DevicesSite } from "../support/devices-site.ts";
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
    test(`axe finds nothing in the list, its messages and its dialog (${name})`, async () => {
      await using site = new DevicesSite(someDevices());
      await using visitor = await visit(browser, site.url, { ...look, reducedMotion: "reduce" });
      const { page } = visitor;
      await page.getByText("12 minutes ago").waitFor();
      await keepImage(page, `devices-${name}.png`, name === "phone" ? "window" : "whole");
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
      site.failWith = 503;
      await dialogOf(page).getByRole("button", { name: "Sign out", exact: true }).click();
      await dialogOf(page).getByRole("alert").getByText("This did not work.").waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);

      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Try again" }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
    });

    test(`axe finds nothing in the page that asks and the one for who is signed out (${name})`, async () => {
      await using site = new DevicesSite(someDevices());
      const { session_id } = site.devices[1] ?? aDevice();
      const question = `${site.url}?confirm=close&session_id=${session_id}`;
      await using visitor = await visit(browser, question, look);
      const { page } = visitor;
      expect(await accessibilityFindings(page)).toEqual([]);
      site.devices = [];
      await page.reload();
      await page.getByRole("heading", { name: "You are signed out" }).waitFor();
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

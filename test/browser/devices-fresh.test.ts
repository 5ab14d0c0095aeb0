import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { launchBrowser, visit } from "../support/browser.ts";
import { aDevice, someDevices } from "../support/devices.ts";
import { comeBack, statusOf } from "../support/devices-actions.ts";
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

describe("staying fresh", () => {
  test("coming back to the page shows what changed elsewhere", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page, complaints } = visitor;
    await page.getByText("12 minutes ago").waitFor();
    site.devices = [...site.devices, aDevice({ device_name: "Edge on Windows" })];
    await comeBack(page);
    await page.getByRole("heading", { name: "Edge on Windows" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("the list is read every 15 seconds, but not behind a dialog and not in a hidden tab", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, "about:blank");
    const { page } = visitor;
    await page.clock.install();
    await page.goto(site.url);
    await page.getByText("12 minutes ago").waitFor();
    await page.clock.runFor(14_000);
    expect(site.reads).toBe(0);
    await page.clock.runFor(2_000);
    await reads(site, 1);

    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.clock.runFor(60_000);
    expect(site.reads).toBe(1);
    await page.keyboard.press("Escape");
    await reads(site, 2);

    await page.evaluate(() =>
      Object.defineProperty(document, "visibilityState", {
        get: () => "hidden",
        configurable: true,
      }),
    );
    await page.clock.runFor(60_000);
    expect(site.reads).toBe(2);
  });

  test("a refresh that fails says so and keeps the list, until one works", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    await page.getByText("12 minutes ago").waitFor();
    site.failWith = 503;
    await comeBack(page);
    await page.getByText("This list could not be refreshed.").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(5);
    site.failWith = undefined;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("This list could not be refreshed.").waitFor({ state: "detached" });
  });

  for (const [status, how] of [
    [401, "closed elsewhere"],
    [302, "closed, behind a gateway that sends to its log-in page"],
  ] as const) {
    test(`a session that was ${how}: the page says you are signed out`, async () => {
      await using site = new DevicesSite(someDevices());
      await using visitor = await visit(browser, site.url);
      const { page } = visitor;
      await page.getByText("12 minutes ago").waitFor();
      site.failWith = status;
      await comeBack(page);
      await page.getByRole("heading", { name: "You are signed out" }).waitFor();
      expect(await page.getByRole("listitem").count()).toBe(0);
      expect(await page.getByRole("link", { name: "Reload" }).getAttribute("href")).toBe(
        "/a01/devices",
      );
    });
  }

  test("a result in the address is shown once", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, `${site.url}?done=closed`);
    const { page } = visitor;
    expect(await statusOf(page)).toBe("The device is signed out.");
    expect(page.url()).toBe(site.url);
    await page.reload();
    await page.getByText("12 minutes ago").waitFor();
    expect(await page.getByText("The device is signed out.").count()).toBe(0);
  });
});

async function reads(site: DevicesSite, count: number): Promise<void> {
  await until(() => site.reads === count, {
    what: `the list was read ${count} times`,
    withinMs: 5_000,
  });
}

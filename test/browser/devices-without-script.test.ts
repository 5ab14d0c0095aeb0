import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { DESKTOP, launchBrowser, visit } from "../support/browser.ts";
import { aDevice, someDevices } from "../support/devices.ts";
import { DevicesSite } from "../support/devices-site.ts";

setDefaultTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

describe("without JavaScript", () => {
  const plain = { ...DESKTOP, javaScriptEnabled: false };

  test("closing one is asked on a page of its own; Cancel changes nothing", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url, plain);
    const { page, complaints } = visitor;
    await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
    await page.getByRole("heading", { name: "Sign out Safari on iPhone?" }).waitFor();
    await page.getByRole("link", { name: "Cancel" }).click();
    expect(site.devices).toHaveLength(5);

    await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByText("The device is signed out.").waitFor();
    expect(await page.title()).toBe("The device is signed out. Your devices");
    expect(await page.getByText("Safari on iPhone").count()).toBe(0);
    expect(site.devices).toHaveLength(4);
    expect(complaints).toEqual([]);
  });

  test("times are absolute and in UTC", async () => {
    const created_at = "2026-03-01T08:05:00.000Z";
    await using site = new DevicesSite([aDevice({ current: true, created_at })]);
    await using visitor = await visit(browser, site.url, plain);
    const time = visitor.page.locator("time").first();
    expect(await time.textContent()).toBe("1 Mar 2026, 08:05 UTC");
    expect(await time.getAttribute("datetime")).toBe(created_at);
  });

  test("all others, then everywhere", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url, plain);
    const { page } = visitor;
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await page.getByText("4 devices will have to sign in again.").waitFor();
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await page.getByText("4 other devices are signed out.").waitFor();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("heading", { name: "You are signed out everywhere" }).waitFor();
    expect(site.devices).toEqual([]);
  });
});

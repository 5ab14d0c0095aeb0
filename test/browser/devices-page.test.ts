import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { launchBrowser, visit } from "../support/browser.ts";
import { aDevice, someDevices } from "../support/devices.ts";
import { confirm, dialogOf, statusOf } from "../support/devices-actions.ts";
import { DevicesSite } from "../support/devices-site.ts";

setDefaultTimeout(60_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

describe("what the page shows", () => {
  test("this device stands apart, the others follow with name, id, times and address", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page, complaints } = visitor;
    const here = page.getByRole("region", { name: "This device" });
    expect(await here.getByRole("heading", { level: 3 }).allTextContents()).toEqual([
      "Chrome on macOS",
    ]);
    const others = page.getByRole("region", { name: "Other devices" });
    expect(await others.getByRole("heading", { level: 3 }).allTextContents()).toEqual([
      "Safari on iPhone",
      "Samsung Internet on Android",
      "Firefox on Windows",
      "curl",
    ]);
    const phone = await others.getByRole("listitem").first().innerText();
    expect(phone).toContain("12 minutes ago");
    expect(phone).toContain("2001:db8:85a3::8a2e:370:7334");
    expect(phone).toContain("7c3e8d90-4c1b-4f6e-8f57-1f0f5a2f9be3");
    expect(complaints).toEqual([]);
  });

  test("a person with one device is told so, and is not offered to sign out others", async () => {
    await using site = new DevicesSite([aDevice({ current: true })]);
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    await page.getByText("You are not signed in anywhere else.").waitFor();
    expect(await page.getByRole("button", { name: "Sign out all others" }).count()).toBe(0);
  });

  test("markup and direction marks in a name stay text, before and after the script runs", async () => {
    const device_name = `<img src=x onerror="document.title='owned'">\u202Egnp.exe`;
    await using site = new DevicesSite([
      aDevice({ current: true }),
      aDevice({ device_name, device_id: "</dd><script>1</script>\u2066" }),
    ]);
    await using visitor = await visit(browser, site.url);
    const { page, complaints } = visitor;
    await page.getByRole("button", { name: "Sign out <img" }).click();
    await dialogOf(page).getByRole("button", { name: "Sign out", exact: true }).click();
    const said = await statusOf(page);
    expect(said).toBe(`${device_name.replace("\u202E", "[U+202E]")} is signed out.`);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("main script").count()).toBe(0);
    expect(await page.title()).toBe("Your devices");
    expect(complaints).toEqual([]);
  });
});

describe("signing out", () => {
  test("a device that was closed elsewhere meanwhile is reported as such", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
    site.devices = site.devices.filter((device) => device.device_kind !== "phone");
    await dialogOf(page).getByRole("button", { name: "Sign out", exact: true }).click();
    expect(await statusOf(page)).toBe("That device was already signed out.");
    expect(await page.getByText("Safari on iPhone").count()).toBe(0);
  });

  test("when it does not work the dialog says so, and a second try is possible", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    site.failWith = 503;
    await confirm(page, "Sign out all others");
    await dialogOf(page)
      .getByRole("alert")
      .getByText("it is not certain whether this was done")
      .waitFor();
    expect(site.devices).toHaveLength(5);
    site.failWith = undefined;
    await dialogOf(page).getByRole("button", { name: "Sign out all others" }).click();
    expect(await statusOf(page)).toBe("4 other devices are signed out.");
  });

  test("pressing twice sends once", async () => {
    await using site = new DevicesSite(someDevices());
    await using visitor = await visit(browser, site.url);
    const { page } = visitor;
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let posts = 0;
    await page.route("**/devices/close-others", async (route) => {
      posts += 1;
      await gate;
      await route.continue();
    });
    await confirm(page, "Sign out all others");
    await dialogOf(page).getByRole("button", { name: "Signing out…" }).click({ force: true });
    open();
    expect(await statusOf(page)).toBe("4 other devices are signed out.");
    expect(posts).toBe(1);
  });
});

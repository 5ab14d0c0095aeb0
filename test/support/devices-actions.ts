import type { Locator, Page } from "playwright-core";

/** The dialog that is open. */
export function dialogOf(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Presses a button of the page and the one of the same name in the dialog that opens. */
export async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name }).click();
  await dialogOf(page).getByRole("button", { name }).click();
}

/** What the page says it did, once it does. */
export async function statusOf(page: Page): Promise<string | null> {
  const status = page.getByRole("status").filter({ hasText: /./ });
  await status.waitFor();
  return await status.textContent();
}

export async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => (document.activeElement as HTMLElement).innerText);
}

export async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event("focus")));
}

/** The names of the devices that the page lists, this one aside. */
export async function otherDevices(page: Page): Promise<readonly string[]> {
  const others = page.getByRole("region", { name: "Other devices" });
  return await others.getByRole("heading", { level: 3 }).allTextContents();
}

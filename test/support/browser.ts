import { source as axeSource } from "axe-core";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

export const DESKTOP = { viewport: { width: 1280, height: 900 } } as const;
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
} as const;

const IMAGES = join(import.meta.dir, "../../docs/images");
// Nothing leaves the machine, whatever the browser would like to look up.
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's Chromium without a window. Close it. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: chromiumPath(), headless: true, args: QUIET });
}

/** A browser of one person: own cookies, one open page, and what its console complained about. */
export interface Visitor extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions nobody caught. A failed answer is one, too. */
  readonly complaints: string[];
}

/** Opens `url`. With `token`, as somebody who is signed in there by that session token. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
  token?: string,
): Promise<Visitor> {
  const context = await browser.newContext(options);
  if (token !== undefined) await context.addCookies([sessionCookie(url, token)]);
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { context, page, complaints, [Symbol.asyncDispose]: async () => await context.close() };
}

function sessionCookie(url: string, value: string) {
  const { hostname } = new URL(url);
  const attributes = { secure: true, httpOnly: true, sameSite: "Lax" } as const;
  // The debugger takes a secure cookie from an https address only; the browser then sends it to http://localhost too.
  return { name: "__Host-session", value, url: `https://${hostname}/`, ...attributes };
}

/**
 * What axe-core finds wrong with the page as it is now, as "rule (impact): elements"; empty when nothing. The source is
 * evaluated by the debugger, because a strict CSP refuses a script tag.
 */
export async function accessibilityFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  return await page.evaluate(async () => {
    // `axe` is what the evaluated source defines. This function runs in the page.
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.map(({ id, impact, nodes }) => {
      return `${id} (${impact}): ${nodes.map((node) => node.html).join(", ")}`;
    });
  });
}

/**
 * Keeps a picture of the page, whole or as far as the window shows it, in docs/images, for the README. An existing one is only replaced with
 * UPDATE_IMAGES=1, so that running the tests changes no file of the project.
 */
export async function keepImage(
  page: Page,
  name: string,
  extent: "whole" | "window",
): Promise<void> {
  const path = join(IMAGES, name);
  if (existsSync(path) && process.env["UPDATE_IMAGES"] !== "1") return;
  await page.screenshot({ path, fullPage: extent === "whole" });
}

function chromiumPath(): string {
  const path = Bun.which("chromium") ?? Bun.which("chromium-browser");
  if (path === null) {
    throw new Error("The browser tests need Chromium. Type: sudo apt-get install --yes chromium");
  }
  return path;
}

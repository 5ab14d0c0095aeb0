import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Response } from "playwright-core";
import {
  accessibilityFindings,
  DESKTOP,
  launchBrowser,
  PHONE,
  type Visitor,
} from "../support/browser.ts";
import { type Demo, openDevices, signIn, startDemo } from "../support/demo.ts";
import { comeBack, confirm, dialogOf, otherDevices, statusOf } from "../support/devices-actions.ts";

setDefaultTimeout(60_000);

const SAMPLES = ["Safari on iPhone", "Firefox on Windows"];
const THIS_BROWSER = "Chrome on Linux";

let browser: Browser;
let demo: Demo;
beforeAll(async () => {
  [browser, demo] = await Promise.all([launchBrowser(), startDemo()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), demo?.[Symbol.asyncDispose]()]);
});

describe("npm run demo, the service and the page together", () => {
  test("one browser signs another one out, which is out at its next request", async () => {
    await using here = await signIn(browser, demo, "ada");
    await using there = await signIn(browser, demo, "ada");
    await openDevices(here);
    expect((await otherDevices(here.page)).toSorted()).toEqual(
      [THIS_BROWSER, ...SAMPLES].toSorted(),
    );

    await here.page.getByRole("button", { name: `Sign out ${THIS_BROWSER}` }).click();
    await dialogOf(here.page).getByRole("button", { name: "Sign out", exact: true }).click();
    expect(await statusOf(here.page)).toBe(`${THIS_BROWSER} is signed out.`);
    expect((await otherDevices(here.page)).toSorted()).toEqual(SAMPLES.toSorted());

    await there.page.reload();
    await there.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await here.page.reload();
    await here.page.getByRole("heading", { name: "Your devices", level: 1 }).waitFor();
    expect([...here.complaints, ...there.complaints]).toEqual([]);
  });

  test("all others, then everywhere: the cookie is gone, and every browser is out", async () => {
    await using here = await signIn(browser, demo, "grace");
    await using there = await signIn(browser, demo, "grace");
    await openDevices(here);
    await confirm(here.page, "Sign out all others");
    expect(await statusOf(here.page)).toBe("3 other devices are signed out.");
    await here.page.getByText("You are not signed in anywhere else.").waitFor();
    await there.page.reload();
    await there.page.getByRole("heading", { name: "Sign in" }).waitFor();

    await there.page.getByLabel("Your name").fill("grace");
    await there.page.getByRole("button", { name: "Sign in" }).click();
    await openDevices(there);
    await confirm(here.page, "Sign out everywhere");
    await here.page.getByRole("heading", { name: "You are signed out everywhere" }).waitFor();
    expect(await sessionCookies(here)).toEqual([]);
    expect([...here.complaints, ...there.complaints]).toEqual([]);

    // The page it has open finds out by itself. That its list was refused is in the browser's console.
    await comeBack(there.page);
    await there.page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await there.page.getByRole("link", { name: "Go to the application" }).click();
    await there.page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("signing out in the application ends the session, and the next sign-in is the same device", async () => {
    await using here = await signIn(browser, demo, "linus");
    const before = await deviceIdOf(here);
    const [cookie] = await sessionCookies(here);
    await here.page.goto(demo.url);
    await here.page.getByRole("button", { name: "Sign out" }).click();
    await here.page.getByLabel("Your name").fill("linus");
    expect(await sessionCookies(here)).toEqual([]);
    const kept = { headers: { cookie: `__Host-session=${cookie}` } };
    expect((await fetch(`${demo.serviceUrl}/devices`, kept)).status).toBe(401);
    await here.page.getByRole("button", { name: "Sign in" }).click();
    await here.page.getByRole("heading", { name: "Hello" }).waitFor();
    expect(await deviceIdOf(here)).toBe(before);
    expect(await otherDevices(here.page)).toHaveLength(SAMPLES.length);
  });

  test("names with markup and direction marks stay text, from the log-in form to the list", async () => {
    const name = `<img src=x onerror="document.title='owned'">\u202Egnp.exe`;
    const userAgent = `Mozilla/5.0 (<script>document.title='owned'</script>) \u202E"><img src=x>/1.0`;
    await using here = await signIn(browser, demo, name, { ...DESKTOP, userAgent });
    expect(await here.page.locator("img").count()).toBe(0);
    await openDevices(here);
    const lead = await here.page.getByText("Signed in as").innerText();
    expect(lead).toContain(name.replace("\u202E", "[U+202E]"));
    const current = here.page.getByRole("region", { name: "This device" });
    expect(await current.getByRole("heading", { level: 3 }).innerText()).toBe("Unknown device");
    expect(await here.page.locator("img, main script").count()).toBe(0);
    expect(await here.page.title()).toBe("Your devices");
    expect(here.complaints).toEqual([]);
  });

  test.each([
    ["no name", new URLSearchParams({ name: " " })],
    ["no form", "{}"],
    ["nothing", ""],
  ])("who sends %s to the log-in form is asked for a name", async (_, body) => {
    const headers = { origin: demo.url };
    const answer = await fetch(`${demo.url}/login`, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("Please write a name.");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("axe finds nothing in the sample application", async () => {
    await using here = await signIn(browser, demo, "axe", PHONE);
    expect(await accessibilityFindings(here.page)).toEqual([]);
    await here.page.goto(`${demo.url}/login`);
    expect(await accessibilityFindings(here.page)).toEqual([]);
  });
});

test("the session token is in no page, script, answer, storage or log", async () => {
  await using here = await signIn(browser, demo, "marker");
  const { page, context } = here;
  const [token = ""] = await sessionCookies(here);
  expect(token).toMatch(/^smt_[\w-]{64}$/);
  const seen: Promise<string>[] = [];
  page.on("response", (response) => seen.push(textOf(response)));
  await openDevices(here);
  await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  await dialogOf(page).getByRole("button", { name: "Sign out", exact: true }).click();
  await statusOf(page);
  await page.goto(`${page.url()}?confirm=close-all`);
  const kept = await page.evaluate(async () => ({
    cookies: document.cookie,
    stored: [localStorage.length, sessionStorage.length],
    caches: await caches.keys(),
    databases: await indexedDB.databases(),
  }));
  expect(kept).toEqual({ cookies: "", stored: [0, 0], caches: [], databases: [] });
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("heading", { name: "You are signed out everywhere" }).waitFor();
  await context.addCookies([{ name: "__Host-session", value: token, ...HERE }]);
  await page.reload();
  const texts = await Promise.all(seen);
  const log = await Bun.file(demo.logFile).text();
  expect(texts.length).toBeGreaterThan(6);
  expect(texts.join("")).toContain("Firefox on Windows");
  expect(log).toContain("/a01/devices/close-all");
  // The last 43 characters are the secret, the others come from the session id.
  for (const text of [...texts, log]) expect(text).not.toContain(token.slice(-43));
});

const HERE = { url: "https://localhost/", secure: true, httpOnly: true } as const;

/** Status, headers but Set-Cookie, and body; a redirect has none. */
async function textOf(response: Response): Promise<string> {
  const headers = (await response.headersArray()).filter(
    ({ name }) => name.toLowerCase() !== "set-cookie",
  );
  const body = await response.text().catch(() => "");
  return JSON.stringify([response.url(), headers, body]);
}

describe("without JavaScript", () => {
  const plain = { ...DESKTOP, javaScriptEnabled: false };

  test("closing one is asked on a page of its own, Cancel changes nothing, and the other one is out", async () => {
    await using here = await signIn(browser, demo, "hedy", plain);
    await using there = await signIn(browser, demo, "hedy", plain);
    await openDevices(here);
    const { page } = here;
    await page.getByRole("button", { name: `Sign out ${THIS_BROWSER}` }).click();
    await page.getByRole("heading", { name: `Sign out ${THIS_BROWSER}?` }).waitFor();
    await page.getByRole("link", { name: "Cancel" }).click();
    expect(await otherDevices(page)).toHaveLength(3);
    await there.page.reload();
    await there.page.getByRole("heading", { name: "Hello" }).waitFor();

    await page.getByRole("button", { name: `Sign out ${THIS_BROWSER}` }).click();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByText("The device is signed out.").waitFor();
    expect(await page.title()).toBe("The device is signed out. Your devices");
    expect((await otherDevices(page)).toSorted()).toEqual(SAMPLES.toSorted());
    await there.page.reload();
    await there.page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect([...here.complaints, ...there.complaints]).toEqual([]);
  });

  test("all others, then everywhere, with times in UTC", async () => {
    await using here = await signIn(browser, demo, "joan", plain);
    await openDevices(here);
    const { page } = here;
    expect(await page.locator("time").first().textContent()).toMatch(/^\d+ \w+ \d{4}, [\d:]+ UTC$/);
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await page.getByText("2 devices will have to sign in again.").waitFor();
    await page.getByRole("button", { name: "Sign out all others" }).click();
    await page.getByText("2 other devices are signed out.").waitFor();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("heading", { name: "You are signed out everywhere" }).waitFor();
    expect(await sessionCookies(here)).toEqual([]);
    await page.getByRole("link", { name: "Go to the application" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

async function sessionCookies({ context }: Visitor): Promise<readonly string[]> {
  const cookies = await context.cookies(demo.url);
  return cookies.filter(({ name }) => name === "__Host-session").map(({ value }) => value);
}

/** Opens the list and reads this device's id in it. */
async function deviceIdOf(visitor: Visitor): Promise<string> {
  await openDevices(visitor);
  const current = visitor.page.getByRole("region", { name: "This device" });
  return await current.locator("dd.code").innerText();
}

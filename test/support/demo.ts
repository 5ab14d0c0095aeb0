import { join } from "node:path";
import type { Browser } from "playwright-core";
import { DESKTOP, type Visitor, visit } from "./browser.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** `npm run demo` for real, on a free port: the program and the sample application before it. */
export interface Demo extends AsyncDisposable {
  /** Of the sample application, as a user types it. */
  readonly url: string;
  /** With the base path; by no gateway. */
  readonly serviceUrl: string;
  readonly logFile: string;
}

export async function startDemo(): Promise<Demo> {
  const child = Bun.spawn([...guard(), ...(await demoCommand())], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", DEMO_PORT: "0", SESSION_LOG_LEVEL: "debug" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) printed += decoder.decode(chunk, { stream: true });
  })();
  await until(() => printed.includes("Ctrl+C") || child.exitCode !== null, {
    what: "the demo says where it is",
    withinMs: 30_000,
  });
  return {
    url: told(printed, "open"),
    serviceUrl: told(printed, "the service"),
    logFile: told(printed, "its log"),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
      await reading;
    },
  };
}

/** Opens the sample application in a browser of its own and signs in. */
export async function signIn(
  browser: Browser,
  demo: Demo,
  name: string,
  options: Parameters<typeof visit>[2] = DESKTOP,
): Promise<Visitor> {
  const visitor = await visit(browser, demo.url, options);
  await visitor.page.getByLabel("Your name").fill(name);
  await visitor.page.getByRole("button", { name: "Sign in" }).click();
  await visitor.page.getByRole("heading", { name: "Hello" }).waitFor();
  return visitor;
}

export async function openDevices({ page }: Visitor): Promise<void> {
  await page.getByRole("link", { name: "Your devices" }).click();
  await page.getByRole("heading", { name: "Your devices", level: 1 }).waitFor();
}

/** What `npm run demo` runs, without npm between: that ends without ending what it has started. */
async function demoCommand(): Promise<readonly string[]> {
  const manifest = (await Bun.file(join(ROOT, "package.json")).json()) as {
    readonly scripts: { readonly demo: string };
  };
  return manifest.scripts.demo.split(" ");
}

/** The demo is ended when this process dies, and ends what it started. */
function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "TERM", "--"];
}

function told(printed: string, label: string): string {
  const found = new RegExp(`^ +${label} +(\\S+)$`, "m").exec(printed)?.[1];
  if (found === undefined) throw new Error(`the demo did not say "${label}": ${printed}`);
  return found;
}

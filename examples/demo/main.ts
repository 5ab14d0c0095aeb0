import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApplication } from "./application.ts";
import { SessionService } from "./session-service.ts";
import { startServiceProcess } from "./service-process.ts";

const USUAL_PORT = 3000;

/**
 * `npm run demo`: the service, and a small application with a log-in form before it, until Ctrl+C. Everything is kept in
 * a temporary folder. DEMO_PORT chooses the application's port; 0 takes a free one.
 */
async function demo(): Promise<void> {
  const stopped = nextSignal();
  const dir = mkdtempSync(join(tmpdir(), "session-demo-"));
  try {
    await using service = await startServiceProcess(dir);
    const sessions = new SessionService(service.url, service.apiKey);
    const application = serve(createApplication(sessions));
    print(application.port ?? USUAL_PORT, service.url, service.logFile);
    await stopped;
    await application.stop(true);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** On the port that was asked for, or the usual one, or a free one when that is taken. */
function serve(fetch: ReturnType<typeof createApplication>): Bun.Server<undefined> {
  const asked = process.env["DEMO_PORT"];
  const serveOn = (port: number) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      reusePort: false,
      development: false,
      maxRequestBodySize: 64 * 1024,
      fetch: (request, server) => fetch(request, server.requestIP(request)?.address),
    });
  try {
    return serveOn(Number(asked ?? USUAL_PORT));
  } catch (error) {
    if (asked !== undefined) throw error;
    return serveOn(0);
  }
}

function print(port: number, serviceUrl: string, logFile: string): void {
  process.stdout.write(`
  A sample application, with the Session Manager behind it:

    open           http://localhost:${port}
    sign in        as anybody; a phone and a laptop will be signed in already
    then           look at "Your devices", there or in a second browser

    the service    ${serviceUrl}
    its log        ${logFile}
    stop           Ctrl+C

  Use Chrome, Edge or Firefox: Safari keeps the session cookie over HTTPS only, and this is http://localhost.
\n`);
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, resolve);
  });
}

await demo();

import type { Log } from "../log.ts";
import type { Service } from "../service/service.ts";
import type { ReadyWorker } from "../supervisor/messages.ts";
import { VERSION } from "../version.ts";

/** Says that the service is ready: in the log, and to whoever sits at the terminal. */
export function announce({ url, store, auth }: ReadyWorker, log: Log): void {
  log.write("info", "ready", `serving ${url}, sessions in ${store}`, {
    url,
    store,
    auth,
    version: VERSION,
  });
  if (!process.stderr.isTTY || !url.startsWith("http")) return;
  const root = new URL(url).origin;
  process.stderr.write(`
  Session Manager ${VERSION} is ready. Sessions are kept in ${store}.

    the API        ${url}/session
    try it         ${root}/docs
    is it well?    ${root}/health/ready
    settings       README.md, or --help
    stop           Ctrl+C
\n`);
}

/** Ends the service, and tells each step. `reason`: a signal, or what the supervisor said. */
export async function stop(
  service: Service,
  log: Log,
  reason: string,
  isReplaced = false,
): Promise<void> {
  log.write("info", "stopping", `${reason}: finishing the requests in flight`);
  const isDrained = await service.stop({ isReplaced });
  if (!isDrained)
    log.write("warn", "cut_off", "requests were still in flight after SESSION_DRAIN_SEC");
  log.write("info", "stopped", "stopped");
}

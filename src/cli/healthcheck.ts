import { type Config, readConfig } from "../config.ts";
import type { SettingSources } from "../config/raw-settings.ts";

export interface HealthcheckOutcome {
  readonly exitCode: 0 | 1 | 2;
  /** What to show for it, one line for each mistake of the settings. */
  readonly text: string;
  /** What the service answered; absent when it did not. */
  readonly answer?: HealthAnswer;
}

interface HealthAnswer {
  readonly http_status: number;
  /** As JSON, or the text of what is none. */
  readonly answer: unknown;
}

const TIMEOUT_MS = 3000;

/** Asks the service that the settings describe, on this machine, how it is. 0: well, 1: not well, 2: wrong settings. */
export async function healthcheck(
  sources: SettingSources,
  path: "/health/live" | "/health/ready",
): Promise<HealthcheckOutcome> {
  const outcome = readConfig(sources);
  if ("mistakes" in outcome) return { exitCode: 2, text: outcome.mistakes.join("\n") };
  try {
    const response = await ask(outcome.config.listen, path);
    const body = await response.text();
    return {
      exitCode: response.ok ? 0 : 1,
      text: `${response.status} ${body}`,
      answer: { http_status: response.status, answer: valueOf(body) },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    return { exitCode: 1, text: `the service does not answer: ${reason}` };
  }
}

function valueOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function ask(listen: Config["listen"], path: string): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  if (listen.kind === "socket")
    return fetch(`http://localhost${path}`, { unix: listen.path, signal });
  // The certificate names the public host, not this address, and nothing secret is sent.
  const tls = { rejectUnauthorized: false };
  const scheme = listen.tls ? "https" : "http";
  return fetch(`${scheme}://${localHost(listen.host)}:${listen.port}${path}`, { signal, tls });
}

/** How a listener on all addresses is reached from here. */
export function localHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

import type { Call } from "../call.ts";
import type { Refusal } from "../problem.ts";
import { isOwnOrigin } from "./same-origin.ts";

const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/i;

/**
 * Refuses what did not come from a program on this machine to this machine: another Host (DNS rebinding), anything a
 * proxy forwarded (it would open the API to the proxy's clients), and pages of other sites.
 */
export function refuseUnlessLocal(call: Call): Refusal | undefined {
  const { headers } = call.request;
  const { address } = call.peer;
  if (address !== undefined && !LOOPBACK_ADDRESS.test(address)) return notLocal("the sender");
  if (!LOCAL_HOST.test(headers.get("host") ?? "")) return notLocal("the Host");
  if (isForwarded(headers)) return notLocal("a proxy before it");
  return refuseForeignPage(call);
}

/**
 * Refuses what a browser sends for a page of another site. A page of this very origin, a typed address, and programs
 * that are no browser send none of the signs.
 */
export function refuseForeignPage(call: Call): Refusal | undefined {
  const { headers } = call.request;
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "none" && site !== "same-origin") return foreignPage();
  const origin = headers.get("origin");
  return origin === null || isOwnOrigin(origin, headers.get("host")) ? undefined : foreignPage();
}

function isForwarded(headers: Headers): boolean {
  if (headers.has("forwarded") || headers.has("via")) return true;
  for (const name of headers.keys()) if (name.startsWith("x-forwarded-")) return true;
  return false;
}

function notLocal(what: string): Refusal {
  return {
    code: "cross_site",
    detail: `Without an API key only this machine may call, and ${what} is not this machine's. Set SESSION_API_KEYS to serve others.`,
  };
}

function foreignPage(): Refusal {
  return {
    code: "cross_site",
    detail: "Pages of other sites may not call this service.",
  };
}

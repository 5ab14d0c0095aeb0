import type { Tracing } from "./tracing.ts";

/** What `fetch` is to those who call auth servers. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * `send`, with a span for every request, and `traceparent` on it. The span names the method and the host, and neither
 * path nor query: those may hold codes and tokens.
 */
export function tracedFetch(tracing: Tracing, send: Fetch): Fetch {
  return (url, init = {}) => {
    const { hostname, port, protocol } = new URL(url);
    const method = init.method ?? "GET";
    const attributes = {
      "http.request.method": method,
      "server.address": hostname,
      "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
    };
    const called = { name: method, attributes, isAlwaysTold: true, nameOfFault };
    return tracing.call(called, async (span) => {
      const headers = new Headers(init.headers);
      span.carryInto(headers);
      const response = await send(url, { ...init, headers });
      span.set("http.response.status_code", response.status);
      if (response.status >= 400) span.fail(String(response.status));
      return response;
    });
  };
}

function nameOfFault(error: unknown): string {
  return error instanceof Error ? error.name : "other";
}

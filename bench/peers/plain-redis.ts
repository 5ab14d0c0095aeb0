import { createClient } from "@redis/client";
import { randomUUID } from "node:crypto";

/** What uncached answers cost at least: Bun.serve, one GET or one SET of @redis/client, and nothing else. */
const client = createClient({ url: process.env["REDIS_URL"] ?? "" });
await client.connect();
const KEPT_MS = 600_000;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
  development: false,
  async fetch(request) {
    if (request.method === "GET") {
      const key = request.url.slice(request.url.lastIndexOf("/") + 1);
      const found = await client.get(`plain:${key}`);
      return new Response(found, { status: found === null ? 404 : 200, headers: HEADERS });
    }
    const id = randomUUID();
    await client.set(`plain:${id}`, await request.text(), { PX: KEPT_MS });
    const headers = { ...HEADERS, location: `/a01/session/${id}` };
    return new Response(`{"session_id":"${id}",${REST}}`, { status: 201, headers });
  },
});

const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-request-id": "MDEyMzQ1Njc4OTAx",
  etag: '"1-AAAAAAAA"',
};
/** What else the service answers to a create. */
const REST = `"session_token":"smt_${"A".repeat(64)}","user_id":"user-100","device_id":"device","expires_at":"2026-12-22T19:19:22.817Z"`;

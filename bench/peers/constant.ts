/** The most a JavaScript handler on Bun answers: what a check answers, the same headers and bytes, from constants. */
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
  development: false,
  fetch: () => new Response(null, { headers: HEADERS }),
});

const HEADERS = {
  "x-session-user": "user-1",
  "x-session-id": "0b9f9c1e-8a1c-8abc-9f00-0123456789ab",
  "x-session-device": "device-1",
  "x-session-email": "somebody%40example.org",
  "cache-control": "no-store",
  "x-request-id": "MDEyMzQ1Njc4OTAx",
};

import type { Login, SessionService } from "./session-service.ts";

/** Two devices that everybody has signed in on before. Their addresses are of the networks for examples (RFC 5737). */
const DEVICES: readonly Omit<Login, "userId">[] = [
  {
    deviceId: "sample-phone",
    userAgent:
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ipAddress: "198.51.100.23",
  },
  {
    deviceId: "sample-laptop",
    userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    ipAddress: "203.0.113.5",
  },
];

/** Signs the user in on a phone and a laptop that nobody has: their tokens are thrown away. */
export async function signInSampleDevices(sessions: SessionService, userId: string): Promise<void> {
  for (const device of DEVICES) await sessions.create({ userId, ...device });
}

import type { CreateAnswer } from "../../src/wire/session-answers.ts";
import type { ServedApp } from "./serve-app.ts";

/** Now, for the page and its pictures. */
const NOW = Date.UTC(2026, 10, 22, 12, 3);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const TABLET =
  "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36";

interface Past {
  readonly first: number;
  /** Milliseconds before now, like `first`. */
  readonly last: number;
  readonly device_id: string;
  readonly user_agent: string;
  readonly ip_address: string;
}

/** Newest use first; the first one is this device. */
const LIFE: readonly Past[] = [
  past(26 * DAY_MS, 0, "b0d2f1a4-0f5e-4b53-9f0e-5a3d1f6f7c21", MAC, "203.0.113.24"),
  past(9 * DAY_MS, 12 * 60_000, "7c3e8d90-4c1b-4f6e", IPHONE, "2001:db8:85a3::8a2e:370:7334"),
  past(33 * DAY_MS, 7 * HOUR_MS, "nightly-export", "curl/8.14.1", "192.0.2.10"),
  past(90 * DAY_MS, 31 * HOUR_MS, "kitchen-tablet", TABLET, "203.0.113.24"),
  past(5 * DAY_MS, 5 * DAY_MS, "office-pc", WINDOWS, "198.51.100.77"),
];

/** What the app's policy must be for sessions as old as these. */
export const LONG_LIVED = { lifetimeSeconds: 365 * 86_400, idleSeconds: 0 };

/**
 * Ninety days of a user with five devices, through the API and the app's clock. Returns the session of this device, used
 * just now.
 */
export async function liveThroughMonths(app: ServedApp): Promise<CreateAnswer> {
  const sessions = new Map<Past, CreateAnswer>();
  const steps = LIFE.flatMap((device) => [
    {
      at: NOW - device.first,
      run: async () => void sessions.set(device, await logIn(app, device)),
    },
    { at: NOW - device.last, run: () => use(app, sessions.get(device)) },
  ]);
  for (const { at, run } of steps.toSorted((a, b) => a.at - b.at)) {
    app.clock.advanceMs(at - app.clock.now());
    await run();
  }
  const [here] = LIFE;
  const session = here && sessions.get(here);
  if (!session) throw new Error("nobody logged in here");
  return session;
}

function past(
  first: number,
  last: number,
  device_id: string,
  user_agent: string,
  ip: string,
): Past {
  return { first, last, device_id, user_agent, ip_address: ip };
}

async function logIn(app: ServedApp, device: Past): Promise<CreateAnswer> {
  const { device_id, user_agent, ip_address } = device;
  return await app.create({ user_id: "ada", device_id, user_agent, ip_address });
}

async function use(app: ServedApp, session: CreateAnswer | undefined): Promise<void> {
  const key = session?.session_token ?? null;
  const { status } = await app.send("GET", "/a01/check", { key });
  if (status !== 200) throw new Error(`a use was answered ${status}`);
}

import { randomBytes } from "node:crypto";
import { SessionManager } from "../src/session/manager.ts";
import { inParallel, loginOf, numbers } from "./login.ts";
import { openSealedStore } from "./sealed-store.ts";

/**
 * Creates on SQLite as the core does them, 64 at once, without HTTP and without a log: minted, sealed, committed to the
 * disk. Prints how many in a second, once they are compiled. Arguments: the database's file, and for how many seconds.
 */
const [file = "", seconds = "1"] = process.argv.slice(2);
const AT_ONCE = 64;
const WARM_UP_SECONDS = 2;
const DAY_SECONDS = 86_400;
const POLICY = { lifetimeSeconds: 30 * DAY_SECONDS, idleSeconds: 7 * DAY_SECONDS, maxPerUser: 100 };
const ACTOR = { caller: "bench", requestId: "bench" };
const clock = { now: () => Date.now() };
/** Users are others every time: their names get a number. */
const logins = numbers(10_000).map((user) => loginOf(`user-${user}`, "device"));

await createFor(WARM_UP_SECONDS, `${file}-warm-up`);
process.stdout.write(`${await createFor(Number(seconds), file)}\n`);

async function createFor(forSeconds: number, path: string): Promise<number> {
  const store = await openSealedStore(`sqlite:${path}`);
  const audit = { record: () => {} };
  const manager = new SessionManager({ store, policy: POLICY, clock, randomBytes, audit });
  let created = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + forSeconds * 1000;
  await inParallel(numbers(AT_ONCE), AT_ONCE, async () => {
    while (performance.now() < endsAt) await create(manager, created++);
  });
  const perSecond = (created * 1000) / (performance.now() - startedAt);
  await store.close();
  return perSecond;
}

async function create(manager: SessionManager, number: number): Promise<void> {
  const login = logins[number % logins.length] ?? loginOf("user", "device");
  const request = {
    userId: `${login.user_id}-${number}`,
    deviceId: login.device_id,
    replaceDevice: false,
    attributes: {
      authCode: login.auth_code,
      accessToken: login.access_token,
      refreshToken: login.refresh_token,
      expirationTimeSeconds: login.expiration_time,
      userEmail: login.user_email,
    },
  };
  const { outcome } = await manager.create(request, ACTOR);
  if (outcome !== "created") throw new Error(`a create ended as ${outcome}`);
}

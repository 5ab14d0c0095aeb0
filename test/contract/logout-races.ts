import { expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Actor, AuditEvent } from "../../src/session/audit.ts";
import { StoreClock } from "../../src/session/clock.ts";
import { SessionManager } from "../../src/session/manager.ts";
import type { TokenOrigin } from "../../src/session/session.ts";
import { TrackedCreate } from "../../src/vault/logins/tracked-create.ts";
import { BackChannelLogout } from "../../src/vault/logout/back-channel-logout.ts";
import type { LogoutToken } from "../../src/vault/logout/logout-token.ts";
import { size } from "../support/size.ts";
import type { OpenedLogins } from "./login-storage.ts";

setDefaultTimeout(size(60_000, 300_000));

const ACTOR: Actor = { caller: "test", requestId: "race" };
const POLICY = { lifetimeSeconds: 3600, idleSeconds: 600, maxPerUser: 100 };
const ROUNDS = size(40, 1000);

/** A create in one process and a logout in another, at the same time, over and over. */
export function describeLogoutRaces(name: string, opened: () => OpenedLogins): void {
  test(`${name}: a logout of a login wins or loses whole against its create, and leaves no session`, async () => {
    const { creates, logouts, sessions } = racing(opened());
    const outcomes = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const origin = { issuer: "main", sid: unique(), sub: unique() };
      const request = { userId: unique(), attributes: {}, replaceDevice: false, origin };
      const [created] = await Promise.all([
        after(round, () => creates.create(request, ACTOR)),
        after(-round, () => logouts.logOut(tokenFor({ issuer: "main", sid: origin.sid }), ACTOR)),
      ]);
      expect(await sessions.list(request.userId)).toEqual([]);
      outcomes.set(created.outcome, (outcomes.get(created.outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].every((each) => /created|logged_out/.test(each))).toBe(true);
  });

  test(`${name}: a logout of a user wins or loses whole against creates, and a later login lives`, async () => {
    const { creates, logouts, sessions } = racing(opened());
    for (let round = 0; round < ROUNDS; round++) {
      const origin: TokenOrigin = { issuer: "main", sub: unique() };
      const userId = unique();
      const request = { userId, attributes: {}, replaceDevice: false, origin };
      const before = await creates.create(request, ACTOR);
      expect(before.outcome).toBe("created");
      const [racer] = await Promise.all([
        after(round, () => creates.create(request, ACTOR)),
        after(-round, () => logouts.logOut(tokenFor(origin), ACTOR)),
      ]);
      const live = await sessions.list(userId);
      // One that is begun when the logout is done is a new login; one that was there before is over.
      const mayLive = racer.outcome === "created" ? [racer.session.id] : [];
      expect(mayLive).toEqual(expect.arrayContaining(live.map(({ id }) => id)));
      const later = await creates.create(request, ACTOR);
      if (later.outcome !== "created") throw new Error(later.outcome);
      expect((await sessions.list(userId)).map(({ id }) => id)).toContain(later.session.id);
    }
  });
}

/** Both sides as the service puts them together, each on a store of its own. */
function racing({ logins, others, store }: OpenedLogins) {
  const clock = new StoreClock();
  const events: AuditEvent[] = [];
  const audit = { record: (event: AuditEvent) => void events.push(event) };
  const sessions = new SessionManager({ store, policy: POLICY, clock, randomBytes, audit });
  const shared = { store, clock, audit, randomBytes };
  return {
    sessions,
    creates: new TrackedCreate({ ...shared, sessions, logins }),
    logouts: new BackChannelLogout({
      ...shared,
      logins: others,
      check: async (text) => ({ outcome: "valid", token: JSON.parse(text) as LogoutToken }),
    }),
  };
}

function tokenFor(subject: Partial<LogoutToken>): string {
  return JSON.stringify({ jti: unique(), endsAt: Date.now() + 60_000, ...subject });
}

/** Begins a little later when `lead` is positive: by up to 3 ms, in steps that change from round to round. */
async function after<T>(lead: number, call: () => Promise<T>): Promise<T> {
  if (lead > 0) await Bun.sleep(((lead * 7) % 31) / 10);
  return call();
}

function unique(): string {
  return randomBytes(9).toString("hex");
}

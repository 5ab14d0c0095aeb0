import { describe, expect, test } from "bun:test";
import { SetClock } from "../../test/support/clock.ts";
import { ScriptedAuthServer } from "../../test/support/scripted-auth-server.ts";
import { aSession } from "../../test/support/sessions.ts";
import { until } from "../../test/support/until.ts";
import { SessionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import type { RevokeOutcome } from "./auth-server.ts";
import { RevocationSweep } from "./revocation-sweep.ts";
import { Revoker } from "./revoker.ts";
import type { VaultEvent } from "./vault-log.ts";

const AWAY: RevokeOutcome = { outcome: "unavailable", reason: "away" };
const DAY_SECONDS = 86_400;

describe("the refresh token of a closed session", () => {
  test("is revoked at once when the close is told, and once only", async () => {
    const vault = new Vault();
    await vault.close(vault.session);
    await vault.results("revoked");
    vault.tellClosed(vault.session);
    await vault.revoker.stop();
    expect(vault.server.revoked).toEqual(["refresh"]);
  });

  test("is tried again after ever longer pauses while the auth server does not answer", async () => {
    const vault = new Vault();
    vault.server.onRevoke = () => AWAY;
    await vault.close(vault.session);
    const pauses: number[] = [];
    for (let tries = 1; tries <= 8; tries++) {
      await vault.results(...Array.from({ length: tries }, () => "retried"));
      pauses.push(await vault.nextAlarm());
      if (tries < 8) vault.ringAlarm();
    }
    expect(pauses[0]).toBeWithin(1500, 2501);
    for (const [n, pause] of pauses.entries())
      if (n > 1) expect(pause).toBeGreaterThan((pauses[n - 1] ?? 0) * 1.4);
    vault.server.onRevoke = () => ({ outcome: "revoked" });
    vault.ringAlarm();
    await vault.results(...pauses.map(() => "retried"), "revoked");
  });

  test("is given up after a day", async () => {
    const vault = new Vault();
    vault.server.onRevoke = () => AWAY;
    await vault.close(vault.session);
    await vault.results("retried");
    vault.clock.advanceSeconds(DAY_SECONDS);
    vault.ringAlarm();
    await vault.results("retried", "given_up");
    vault.clock.advanceSeconds(DAY_SECONDS);
    vault.tellClosed(vault.session);
    await vault.revoker.stop();
    expect(vault.server.revoked).toHaveLength(2);
  });

  test("is not tried again when the auth server refuses", async () => {
    const vault = new Vault();
    vault.server.onRevoke = () => ({ outcome: "refused", error: "unsupported_token_type" });
    await vault.close(vault.session);
    await vault.results("refused");
    expect(vault.log[0]).toMatchObject({ reason: "unsupported_token_type", issuer: "main" });
  });

  test("waits while a refresh is under way, which may bring another", async () => {
    const leaseUntil = Date.UTC(2030, 0, 1) + 5000;
    const vault = new Vault({ refreshAttempt: { id: "try", leaseUntil } });
    await vault.close(vault.session);
    expect(await vault.nextAlarm()).toBe(5001);
    expect(vault.server.revoked).toEqual([]);
    vault.ringAlarm();
    await vault.results("revoked");
  });

  test("does not wait for a lease of a clock that was far ahead", async () => {
    const leaseUntil = Date.UTC(2031, 0, 1);
    const vault = new Vault({ refreshAttempt: { id: "try", leaseUntil } });
    await vault.close(vault.session);
    await vault.results("revoked");
  });

  test("is found by the sweep when nobody told of its close", async () => {
    const vault = new Vault();
    await vault.store.insert(vault.session, { cap: 1, replaceDevice: false });
    await vault.store.delete(vault.session.id);
    await vault.sweep().step();
    await vault.results("revoked");
  });

  test("stays in the queue when the auth server is not configured any more", async () => {
    const vault = new Vault({ origin: { issuer: "gone" } });
    await vault.close(vault.session);
    await vault.results("retried");
    expect(vault.server.revoked).toEqual([]);
  });

  test("does no harm to the service when the store fails", async () => {
    const vault = new Vault();
    await vault.store.insert(vault.session, { cap: 1, replaceDevice: false });
    await vault.store.delete(vault.session.id);
    const queue = vault.store.revocations;
    const claim = queue.claim.bind(queue);
    queue.claim = async () => failing();
    vault.tellClosed(vault.session);
    queue.maySweep = async () => failing();
    await vault.sweep().step();
    queue.claim = claim;
    vault.tellClosed(vault.session);
    await vault.results("revoked");
  });
});

describe("a refresh token that came when its session was over", () => {
  test("is queued and revoked", async () => {
    const vault = new Vault();
    await vault.revoker.revoke(vault.session);
    await vault.results("revoked");
  });

  test("is tried at once where it cannot be queued", async () => {
    const vault = new Vault();
    vault.store.revocations.add = async () => {
      throw new SessionError("store_full", "none", "full");
    };
    vault.server.onRevoke = () => AWAY;
    await vault.revoker.revoke(vault.session);
    expect(vault.log).toMatchObject([{ event: "revocation", result: "given_up", reason: "away" }]);
  });
});

function onFault(error: unknown): never {
  throw error;
}

function failing(): never {
  throw new SessionError("store_unavailable", "none", "away");
}

/** A revoker on a memory store, with a clock and alarms that the test sets off. */
class Vault {
  readonly clock = new SetClock();
  readonly server = new ScriptedAuthServer();
  readonly log: VaultEvent[] = [];
  readonly store = new MemoryStore(() => this.clock.now());
  readonly session: Session;
  readonly #alarms: { readonly ms: number; readonly run: () => void }[] = [];
  readonly after = (ms: number, run: () => void) => {
    this.#alarms.push({ ms, run });
    return () => {};
  };
  readonly revoker = new Revoker({
    queue: this.store.revocations,
    authServers: (name) => (name === "main" ? this.server : undefined),
    clock: this.clock,
    random: () => 0.5,
    log: { record: (event) => void this.log.push(event) },
    after: this.after,
  });

  constructor(shown: Partial<Session> = {}) {
    const now = this.clock.now();
    const times = { createdAt: now, lastUsedAt: now, expiresAt: now + 10 * DAY_SECONDS * 1000 };
    const attributes = { refreshToken: "refresh" };
    this.session = aSession({ origin: { issuer: "main" }, attributes, ...times, ...shown });
  }

  async close(session: Session): Promise<void> {
    await this.store.insert(session, { cap: 1, replaceDevice: false });
    await this.store.delete(session.id);
    this.tellClosed(session);
  }

  tellClosed({ id: sessionId, userId, deviceId }: Session): void {
    const actor = { caller: "test", requestId: "r" };
    const about = { sessionId, userId, deviceId, at: this.clock.now(), actor };
    this.revoker.record({ event: "session_ended", reason: "closed", ...about });
  }

  sweep(): RevocationSweep {
    const { revoker, after, store } = this;
    const queue = store.revocations;
    return new RevocationSweep({ queue, revoker, holder: "one", after, onFault });
  }

  /** Waits until these are the results so far. */
  async results(...expected: readonly string[]): Promise<void> {
    const what = `the results are ${expected.join(", ")}`;
    const results = () => this.log.map((event) => ("result" in event ? event.result : ""));
    await until(async () => Bun.deepEquals(results(), [...expected]), {
      what,
      withinMs: 5000,
      everyMs: 1,
    });
  }

  /** Waits until an alarm is set. In how many milliseconds it is to ring. */
  async nextAlarm(): Promise<number> {
    await until(async () => this.#alarms.length > 0, { what: "an alarm", withinMs: 5000 });
    const [alarm] = this.#alarms;
    return alarm?.ms ?? 0;
  }

  /** Goes on in time to when the alarm rings. */
  ringAlarm(): void {
    const alarm = this.#alarms.shift();
    this.clock.advanceMs(alarm?.ms ?? 0);
    alarm?.run();
  }
}

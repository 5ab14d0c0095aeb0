import { describe, expect, test } from "bun:test";
import { RevokingVault } from "../../test/support/revoking-vault.ts";
import { aSession } from "../../test/support/sessions.ts";
import { SessionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { RevokeOutcome } from "./auth-server.ts";

const AWAY: RevokeOutcome = { outcome: "unavailable", reason: "away" };
const DAY_SECONDS = 86_400;
const OF_A_LOGIN: Partial<Session> = { origin: { issuer: "main", sid: "login-1" } };

describe("the refresh token of a closed session", () => {
  test("is revoked at once when the close is told, and once only", async () => {
    const vault = new RevokingVault();
    await vault.close(vault.session);
    await vault.results("revoked");
    vault.tellClosed(vault.session);
    await vault.revoker.stop();
    expect(vault.server.revoked).toEqual(["refresh"]);
  });

  test("is tried again after ever longer pauses while the auth server does not answer", async () => {
    const vault = new RevokingVault();
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
    const vault = new RevokingVault();
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
    const vault = new RevokingVault();
    vault.server.onRevoke = () => ({ outcome: "refused", error: "unsupported_token_type" });
    await vault.close(vault.session);
    await vault.results("refused");
    expect(vault.log[0]).toMatchObject({ reason: "unsupported_token_type", issuer: "main" });
  });

  test("waits while a refresh is under way, which may bring another", async () => {
    const leaseUntil = Date.UTC(2030, 0, 1) + 5000;
    const vault = new RevokingVault({ refreshAttempt: { id: "try", leaseUntil } });
    await vault.close(vault.session);
    expect(await vault.nextAlarm()).toBe(5001);
    expect(vault.server.revoked).toEqual([]);
    vault.ringAlarm();
    await vault.results("revoked");
  });

  test("does not wait for a lease of a clock that was far ahead", async () => {
    const leaseUntil = Date.UTC(2031, 0, 1);
    const vault = new RevokingVault({ refreshAttempt: { id: "try", leaseUntil } });
    await vault.close(vault.session);
    await vault.results("revoked");
  });

  test("is found by the sweep when nobody told of its close", async () => {
    const vault = new RevokingVault();
    await vault.store.insert(vault.session, { cap: 1, replaceDevice: false });
    await vault.store.delete(vault.session.id);
    await vault.sweep().step();
    await vault.results("revoked");
  });

  test("stays in the queue when the auth server is not configured any more", async () => {
    const vault = new RevokingVault({ origin: { issuer: "gone" } });
    await vault.close(vault.session);
    await vault.results("retried");
    expect(vault.server.revoked).toEqual([]);
  });

  test("is kept while a session of the same login lives, whose close revokes then", async () => {
    const vault = new RevokingVault(OF_A_LOGIN);
    const { id: _, ...twin } = vault.session;
    const other = aSession({ ...twin, attributes: { refreshToken: "other" } });
    await vault.store.insert(other, { cap: 2, replaceDevice: false });
    await vault.close(vault.session, 2);
    await vault.results("kept");
    expect(vault.server.revoked).toEqual([]);
    await vault.store.delete(other.id);
    vault.tellClosed(other);
    await vault.results("kept", "revoked");
    expect(vault.server.revoked).toEqual(["other"]);
  });

  test("is revoked when all sessions of its login were closed before it was tried", async () => {
    const vault = new RevokingVault(OF_A_LOGIN);
    const { id: _, ...twin } = vault.session;
    const both = [vault.session, aSession({ ...twin, attributes: { refreshToken: "other" } })];
    for (const each of both) await vault.store.insert(each, { cap: 2, replaceDevice: false });
    await vault.store.deleteByUser(vault.session.userId);
    for (const each of both) vault.tellClosed(each);
    await vault.results("revoked", "revoked");
    expect(vault.server.revoked.toSorted()).toEqual(["other", "refresh"]);
  });

  test("is tried again when the store did not tell whether a session of the same login lives", async () => {
    const vault = new RevokingVault(OF_A_LOGIN);
    const list = vault.store.listByUser.bind(vault.store);
    const asked = Promise.withResolvers<void>();
    vault.store.listByUser = async () => {
      asked.resolve();
      return failing();
    };
    await vault.close(vault.session);
    await asked.promise;
    expect(vault.server.revoked).toEqual([]);
    vault.store.listByUser = list;
    vault.clock.advanceSeconds(60);
    vault.tellClosed(vault.session);
    await vault.results("revoked");
  });

  test("does no harm to the service when the store fails", async () => {
    const vault = new RevokingVault();
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
    const vault = new RevokingVault();
    await vault.revoker.revoke(vault.session);
    await vault.results("revoked");
  });

  test("is kept where it cannot be queued, and its login has a session still", async () => {
    const vault = new RevokingVault(OF_A_LOGIN);
    const { id: _, ...twin } = vault.session;
    await vault.store.insert(aSession(twin), { cap: 1, replaceDevice: false });
    vault.store.revocations.add = async () => failing();
    await vault.revoker.revoke(vault.session);
    expect(vault.log).toMatchObject([{ event: "revocation", result: "kept" }]);
  });

  test("is tried at once where it cannot be queued", async () => {
    const vault = new RevokingVault();
    vault.store.revocations.add = async () => {
      throw new SessionError("store_full", "none", "full");
    };
    vault.server.onRevoke = () => AWAY;
    await vault.revoker.revoke(vault.session);
    expect(vault.log).toMatchObject([{ event: "revocation", result: "given_up", reason: "away" }]);
  });
});

function failing(): never {
  throw new SessionError("store_unavailable", "none", "away");
}

import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Session } from "../../src/session/session.ts";
import { RevocationSweep } from "../../src/vault/revocation-sweep.ts";
import { Revoker } from "../../src/vault/revoker.ts";
import type { VaultEvent } from "../../src/vault/vault-log.ts";
import { SetClock } from "./clock.ts";
import { ScriptedAuthServer } from "./scripted-auth-server.ts";
import { aSession } from "./sessions.ts";
import { until } from "./until.ts";

const DAY_MS = 86_400_000;

/** A revoker on a memory store, with a clock and alarms that the test sets off. */
export class RevokingVault {
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
    store: this.store,
    authServers: (name) => (name === "main" ? this.server : undefined),
    clock: this.clock,
    random: () => 0.5,
    log: { record: (event) => void this.log.push(event) },
    after: this.after,
  });

  constructor(shown: Partial<Session> = {}) {
    const now = this.clock.now();
    const times = { createdAt: now, lastUsedAt: now, expiresAt: now + 10 * DAY_MS };
    const attributes = { refreshToken: "refresh" };
    this.session = aSession({ origin: { issuer: "main" }, attributes, ...times, ...shown });
  }

  async close(session: Session, cap = 1): Promise<void> {
    await this.store.insert(session, { cap, replaceDevice: false });
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

function onFault(error: unknown): never {
  throw error;
}

import { randomBytes } from "node:crypto";
import type { AuditEvent } from "../../src/session/audit.ts";
import { SessionManager } from "../../src/session/manager.ts";
import type { CreateRequest, Created } from "../../src/session/mint.ts";
import type { Policy } from "../../src/session/policy.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { SetClock } from "./clock.ts";

export const ACTOR = { caller: "backend", requestId: "request-1" };

/** What a test may choose of a manager; `store` is given the clock, so that both tell the same time. */
export interface ManagerChoices {
  readonly policy?: Partial<Policy>;
  readonly store?: (now: () => number) => MemoryStore;
}

/** A manager on a memory store, whose clock the test sets and whose audit events it reads. */
export function aManager({ policy, store: openStore }: ManagerChoices = {}) {
  const clock = new SetClock();
  const now = () => clock.now();
  const store = openStore ? openStore(now) : new MemoryStore(now);
  const events: AuditEvent[] = [];
  const manager = new SessionManager({
    store,
    policy: { lifetimeSeconds: 86_400, idleSeconds: 6000, maxPerUser: 100, ...policy },
    clock,
    randomBytes,
    audit: { record: (event) => void events.push(event) },
  });
  return { manager, store, clock, events, logIn: logIn(manager) };
}

function logIn(manager: SessionManager) {
  return async (request: Partial<CreateRequest> = {}): Promise<Created> => {
    const outcome = await manager.create(
      { userId: "user007", attributes: {}, replaceDevice: false, ...request },
      ACTOR,
    );
    if (outcome.outcome !== "created") throw new Error(`the create was ${outcome.outcome}`);
    return outcome;
  };
}

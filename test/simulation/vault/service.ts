import { SessionError } from "../../../src/session/errors.ts";
import type { SessionId } from "../../../src/session/id.ts";
import { SessionManager } from "../../../src/session/manager.ts";
import type { Session } from "../../../src/session/session.ts";
import type { SessionStore } from "../../../src/session/store.ts";
import type { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { AccessTokens } from "../../../src/vault/access-tokens.ts";
import type { AuthServer, GrantOutcome } from "../../../src/vault/auth-server.ts";
import type { RevocationQueue } from "../../../src/vault/revocation-queue.ts";
import { RevocationSweep } from "../../../src/vault/revocation-sweep.ts";
import { Revoker } from "../../../src/vault/revoker.ts";
import type { Machine, World } from "../world.ts";
import type { SimulatedProvider } from "./provider.ts";

export const EPOCH = 1_900_000_000_000;
const STORE_DEADLINE_MS = 1000;
const CALL_MS = 1000;
const ACTOR = { caller: "simulation", requestId: "r" };

export interface ServiceParts {
  readonly world: World;
  readonly machine: Machine;
  readonly store: MemoryStore;
  readonly provider: SimulatedProvider;
  /** How likely a message is lost now. */
  readonly loss: () => number;
  /** A refresh is being sent. */
  readonly onRefresh: () => void;
  /** What the program sees of a session that was read: a rule of its own taken away, to see whether that is noticed. */
  readonly lens: (session: Session) => Session;
}

function onFault(error: unknown): never {
  throw error;
}

/** One process of the service, as it is put together, on simulated lines. Once it is dead nothing in it goes on. */
export class SimulatedService {
  readonly manager: SessionManager;
  readonly accessTokens: AccessTokens;
  readonly #parts: ServiceParts;
  #isDead = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    const { world, machine, store } = parts;
    const random = world.random;
    const skewMs = world.between(-300, 300);
    const clock = { now: () => Math.round(EPOCH + world.now + skewMs) };
    const randomBytes = (length: number) =>
      Uint8Array.from({ length }, () => Math.floor(random() * 256));
    const remote = this.#remote();
    const queue = this.#queue(store.revocations);
    const server = this.#authServer();
    const after = (ms: number, run: () => void) => machine.after(ms, () => this.#isDead || run());
    const wait = (ms: number) =>
      new Promise<void>((resolve) => {
        after(ms, resolve);
      });
    const vaultLog = { record: () => {} };
    const revoker = new Revoker({
      queue,
      store: remote,
      authServers: () => server,
      clock,
      random,
      log: vaultLog,
      after,
    });
    const policy = { lifetimeSeconds: 86_400, idleSeconds: 0, maxPerUser: 10 };
    this.manager = new SessionManager({
      store: remote,
      policy,
      clock,
      randomBytes,
      audit: revoker,
    });
    this.accessTokens = new AccessTokens({
      sessions: this.manager,
      store: remote,
      clock,
      randomBytes,
      random,
      wait,
      audit: revoker,
      log: vaultLog,
      onRefused: "keep",
      revoke: (session) => revoker.revoke(session),
      authServers: () => server,
      minTtlMs: 5000,
    });
    new RevocationSweep({ queue, revoker, holder: "any", after, onFault }).start();
  }

  die(): void {
    this.#isDead = true;
  }

  async close(id: SessionId): Promise<boolean> {
    return this.manager.close(id, ACTOR);
  }

  async token(id: SessionId) {
    return this.accessTokens.get(id, ACTOR);
  }

  async changeEmail(id: SessionId): Promise<void> {
    const userEmail = `${this.#parts.world.random()}@example.org`;
    await this.manager.update(id, { changes: { userEmail } }, ACTOR);
  }

  #remote(): SessionStore {
    const { store, lens } = this.#parts;
    return {
      insert: (...args) => this.#ask(() => store.insert(...args), "unknown"),
      find: async (id) => {
        const found = await this.#ask(() => store.find(id), "none");
        return found && lens(found);
      },
      replace: (...args) => this.#ask(() => store.replace(...args), "unknown"),
      touch: (...args) => this.#ask(() => store.touch(...args), "unknown"),
      delete: (id) => this.#ask(() => store.delete(id), "unknown"),
      listByUser: (userId) => this.#ask(() => store.listByUser(userId), "none"),
      deleteByUser: (...args) => this.#ask(() => store.deleteByUser(...args), "unknown"),
      purgeExpired: (now) => this.#ask(() => store.purgeExpired(now), "unknown"),
      ping: () => this.#ask(() => store.ping(), "none"),
      close: async () => {},
    };
  }

  #queue(queue: RevocationQueue): RevocationQueue {
    return {
      get buckets() {
        return queue.buckets;
      },
      bucketOf: (id) => queue.bucketOf(id),
      add: (...args) => this.#ask(() => queue.add(...args), "unknown"),
      claim: (...args) => this.#ask(() => queue.claim(...args), "unknown"),
      postpone: (...args) => this.#ask(() => queue.postpone(...args), "unknown"),
      done: (...args) => this.#ask(() => queue.done(...args), "unknown"),
      maySweep: (...args) => this.#ask(() => queue.maySweep(...args), "unknown"),
    };
  }

  #authServer(): AuthServer {
    const { provider, world, loss, onRefresh } = this.#parts;
    const slow = () => world.between(5, world.chance(2 * loss()) ? 2000 : 900);
    const lost = { outcome: "unavailable", reached: "unknown", reason: "no answer" } as const;
    const refresh = async (token: string): Promise<GrantOutcome> => {
      onRefresh();
      return (await this.#send(async () => provider.refresh(token), CALL_MS, slow)) ?? lost;
    };
    return {
      timeoutMs: CALL_MS,
      refresh,
      redeem: async () => lost,
      revoke: async () => {
        const revoked = await this.#send(async () => provider.revoke() ?? "revoked", CALL_MS, slow);
        return revoked ? { outcome: "revoked" } : lost;
      },
    };
  }

  async #ask<T>(run: () => Promise<T>, outcome: "none" | "unknown"): Promise<T> {
    const { world } = this.#parts;
    const answer = await this.#send(
      async () => ({ value: await run() }),
      STORE_DEADLINE_MS,
      () => world.between(0.1, 5),
    );
    if (answer) return answer.value;
    throw new SessionError("store_unavailable", outcome, "no answer");
  }

  /** Undefined: there was no answer in time, whatever was done. */
  #send<T>(run: () => Promise<T>, withinMs: number, delay: () => number): Promise<T | undefined> {
    const { world, machine, loss } = this.#parts;
    return new Promise((resolve) => {
      const finish = (answer: T | undefined) => this.#isDead || resolve(answer);
      machine.after(withinMs, () => finish(undefined));
      if (this.#isDead || world.chance(loss())) return;
      const deliver = (answer: T) => {
        if (!world.chance(loss())) machine.on(world.now + delay() / 2, () => finish(answer));
      };
      world.at(world.now + delay() / 2, () => void run().then(deliver));
    });
  }
}

import { drainMicrotasks } from "bun:jsc";
import { SessionError } from "../../../src/session/errors.ts";
import type { Session } from "../../../src/session/session.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { aSession } from "../../support/sessions.ts";
import { Machine, World } from "../world.ts";
import { SimulatedProvider, TOKEN_SECONDS } from "./provider.ts";
import { EPOCH, SimulatedService } from "./service.ts";

export type Trouble = "none" | "crash" | "freeze" | "loss" | "all";

export interface VaultRun {
  readonly violations: readonly string[];
  readonly granted: number;
  readonly answers: number;
  readonly mostShowings: number;
}

const TROUBLE_MS = 150_000;
const CALM_MS = 120_000;
/** Nobody asks any more: what is under way ends. */
const QUIET_MS = 20_000;
const PROCESSES = 3;

export interface VaultRunOptions {
  readonly trouble: Trouble;
  readonly lens?: (session: Session) => Session;
}

/** One session, three processes, an auth server, and what may go wrong, in virtual time. The same seed is the same run. */
export function simulateVault(seed: number, options: VaultRunOptions): VaultRun {
  return new Run(seed, options).run();
}

class Run {
  readonly #world: World;
  readonly #trouble: Trouble;
  readonly #lens: (session: Session) => Session;
  readonly #provider: SimulatedProvider;
  readonly #store: MemoryStore;
  readonly #session: Session;
  readonly #machines: readonly Machine[];
  readonly #services: SimulatedService[] = [];
  readonly #violations = new Set<string>();
  #isCalm = false;
  #isQuiet = false;
  #isGivenUp = false;
  #closedAt = Number.POSITIVE_INFINITY;
  #answers = 0;

  constructor(seed: number, { trouble, lens = (session) => session }: VaultRunOptions) {
    this.#world = new World(seed);
    this.#trouble = trouble;
    this.#lens = lens;
    this.#provider = new SimulatedProvider(this.#world.chance(0.5));
    this.#store = new MemoryStore(() => EPOCH + this.#world.now);
    this.#watchOrder();
    this.#session = aSession({
      createdAt: EPOCH,
      lastUsedAt: EPOCH,
      updatedAt: EPOCH,
      expiresAt: EPOCH + 86_400_000,
      idleSeconds: 0,
      origin: { issuer: "main" },
      attributes: {
        accessToken: "access-0",
        refreshToken: "refresh-0",
        expirationTimeSeconds: TOKEN_SECONDS,
      },
      accessTokenExpiresAt: EPOCH + TOKEN_SECONDS * 1000,
    });
    this.#machines = Array.from({ length: PROCESSES }, () => new Machine(this.#world, 0));
  }

  run(): VaultRun {
    const world = this.#world;
    void this.#store.insert(this.#session, { cap: 10, replaceDevice: false });
    for (const at of this.#machines.keys()) this.#start(at);
    this.#every(() => world.between(1, 1500), this.#ask);
    this.#every(() => world.between(500, 10_000), this.#change);
    if (this.#trouble !== "none") this.#every(() => world.between(200, 8000), this.#disturb);
    const closes = world.chance(0.4);
    if (closes) world.at(world.between(0, TROUBLE_MS), () => void this.#close());
    world.run(TROUBLE_MS);
    this.#isCalm = true;
    world.run(TROUBLE_MS + CALM_MS);
    this.#isQuiet = true;
    world.run(TROUBLE_MS + CALM_MS + QUIET_MS);
    this.#judge();
    const { granted, mostShowings } = this.#provider;
    return {
      violations: [...this.#violations],
      granted,
      mostShowings,
      answers: this.#answers,
    };
  }

  #start(at: number): void {
    const machine = this.#machines[at];
    if (!machine) throw new Error("no such machine");
    const isLossy = () => !this.#isCalm && ["loss", "all"].includes(this.#trouble);
    this.#services[at] = new SimulatedService({
      world: this.#world,
      machine,
      store: this.#store,
      provider: this.#provider,
      loss: () => (isLossy() ? 0.05 : 0),
      onRefresh: () => {
        if (this.#world.chance(0.3))
          this.#world.at(this.#world.now + this.#world.between(0, 900), () => this.#disturbAt(at));
      },
      lens: this.#lens,
    });
  }

  #every(pause: () => number, run: () => void): void {
    this.#world.at(this.#world.now + pause(), () => {
      run();
      this.#every(pause, run);
    });
  }

  readonly #ask = (): void => {
    if (this.#isQuiet) return;
    const service = this.#world.pick(this.#services);
    const askedAt = this.#world.now;
    const judge = ({ outcome, ...rest }: Awaited<ReturnType<SimulatedService["token"]>>) => {
      this.#answers += 1;
      if (outcome !== "token") return;
      const { accessToken } = rest as { readonly accessToken: string };
      if (!this.#provider.issued.has(accessToken)) this.#violations.add("a token nobody issued");
      if (askedAt > this.#closedAt) this.#violations.add("a token of a closed session");
    };
    void service.token(this.#session.id).then(judge, onlyStoreFaults);
  };

  readonly #change = (): void => {
    if (this.#isQuiet) return;
    void this.#world.pick(this.#services).changeEmail(this.#session.id).catch(onlyStoreFaults);
  };

  readonly #disturb = (): void => {
    this.#disturbAt(Math.floor(this.#world.random() * PROCESSES));
  };

  #disturbAt(at: number): void {
    if (this.#isCalm) return;
    const world = this.#world;
    const kind = this.#trouble === "all" ? world.pick(["crash", "freeze"]) : this.#trouble;
    if (kind === "freeze") this.#machines[at]?.freeze(world.between(100, 8000));
    if (kind !== "crash") return;
    this.#services[at]?.die();
    this.#machines[at]?.crash();
    this.#start(at);
  }

  /** Notices when an older token takes the place of a newer one, and when a recovery told nothing. */
  #watchOrder(): void {
    const replace = this.#store.replace.bind(this.#store);
    let newest = 0;
    this.#store.replace = async (session, version) => {
      const before = this.#stored()?.refreshAttempt;
      const isOver = before !== undefined && before.leaseUntil <= EPOCH + this.#world.now + 1000;
      if (session.needsLogin && before?.isRecovery && isOver) this.#isGivenUp = true;
      const outcome = await replace(session, version);
      const number = Number(session.attributes.refreshToken?.split("-")[1]);
      if (outcome === "replaced" && number < newest)
        this.#violations.add("an older token took the place of a newer one");
      if (outcome === "replaced") newest = Math.max(newest, number);
      return outcome;
    };
  }

  async #close(): Promise<void> {
    try {
      await this.#world.pick(this.#services).close(this.#session.id);
      this.#closedAt = this.#world.now;
    } catch (error) {
      onlyStoreFaults(error);
    }
  }

  #judge(): void {
    const { mostShowings, current, isLive } = this.#provider;
    const stored = this.#stored();
    if (this.#trouble === "none" && mostShowings > 1)
      this.#violations.add("a refresh token was shown twice, with nothing wrong");
    if (["crash", "freeze"].includes(this.#trouble) && mostShowings > 2)
      this.#violations.add("a refresh token was shown more often than by one recovery");
    if (this.#closedAt < Number.POSITIVE_INFINITY && stored)
      this.#violations.add("a closed session is there");
    if (!stored && isLive) this.#violations.add("tokens live on after their session");
    if (!stored) return;
    if (stored.needsLogin && isLive && !this.#isGivenUp)
      this.#violations.add("a login is asked for though the tokens are good");
    if (!stored.needsLogin && stored.attributes.refreshToken !== current)
      this.#violations.add("what is stored is not the newest token");
    if (!stored.needsLogin && !isLive)
      this.#violations.add("it is not noticed that the grant ended");
  }

  #stored(): Session | undefined {
    let stored: Session | undefined;
    void this.#store.find(this.#session.id).then((session) => (stored = session));
    drainMicrotasks();
    return stored;
  }
}

function onlyStoreFaults(error: unknown): void {
  if (!(error instanceof SessionError)) throw error;
}

import { ErrorReply } from "@redis/client";
import { SessionError } from "../../session/errors.ts";
import { type Attempt, refusalFault } from "./attempt.ts";
import type { LeaseRules } from "./lease-rules.ts";
import type {
  LeaseVerdict,
  RedisArgument,
  RedisLink,
  RedisReply,
  Script,
  Subscription,
  SubscriptionListener,
} from "./link.ts";
import { NoReply } from "./no-reply.ts";
import type { RedisNode } from "./redis-node.ts";
import { ReplicaAcknowledgement } from "./replica-acknowledgement.ts";
import { judgeErrorReply } from "./reply-errors.ts";
import type { ServerCheck } from "./server-check.ts";
import type { Topology } from "./topology.ts";
import { watchedSubscription } from "./watched-subscription.ts";

export interface TopologyLinkSettings {
  readonly deadlineMs: number;
  readonly closeAck: "primary" | "replicated";
}

/** RedisLink over any topology: one place decides what a failure means and what may be tried again. */
export class TopologyLink implements RedisLink {
  readonly #topology: Topology;
  readonly #settings: TopologyLinkSettings;
  readonly #acknowledgement: ReplicaAcknowledgement;
  readonly #check: ServerCheck;
  readonly #leaseRules: LeaseRules;
  #isClosed = false;

  constructor(
    topology: Topology,
    settings: TopologyLinkSettings,
    parts: {
      readonly acknowledgement: ReplicaAcknowledgement;
      readonly check: ServerCheck;
      readonly leaseRules: LeaseRules;
    },
  ) {
    this.#topology = topology;
    this.#settings = settings;
    this.#acknowledgement = parts.acknowledgement;
    this.#check = parts.check;
    this.#leaseRules = parts.leaseRules;
  }

  command(
    key: string,
    args: readonly RedisArgument[],
    options: { readonly isRead?: boolean } = {},
  ): Promise<RedisReply> {
    const { isRead = false } = options;
    const name = String(args[0]);
    return this.#run({ name, key, isRead, args, endsAt: this.#endsAt(), changes: 0, tries: 0 });
  }

  script(
    script: Script,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
    options: { readonly isRead?: boolean } = {},
  ): Promise<RedisReply> {
    const { isRead = false } = options;
    return this.#run({
      name: `script ${script.name}`,
      key: keys[0] ?? "",
      isRead,
      script,
      args: [EVALSHA, script.sha1, String(keys.length), ...keys, ...args],
      endsAt: this.#endsAt(),
      changes: 0,
      tries: 0,
    });
  }

  async isReplicated(key: string): Promise<boolean> {
    if (this.#settings.closeAck === "primary") return true;
    const primary = this.#topology.primaryOf(key);
    // What was answered just before may have come from a primary that is gone: then nobody can tell.
    if (this.#topology.settledMs(key) < this.#settings.deadlineMs) return false;
    if (primary === undefined) return false;
    return await this.#acknowledgement.confirm(primary);
  }

  async subscribe(
    key: string,
    channels: readonly string[],
    listener: SubscriptionListener,
    ms: number,
  ): Promise<Subscription> {
    const primary = this.#topology.primaryOf(key);
    if (this.#isClosed || primary === undefined) throw new Error("no primary is connected");
    const place = { topology: this.#topology, key, primary };
    return await watchedSubscription(place, channels, listener, ms);
  }

  leaseTerms(ms: number): Promise<LeaseVerdict> {
    return this.#leaseRules.judge(ms);
  }

  async status(): Promise<{ readonly now: number; readonly warnings: readonly string[] }> {
    return await this.#check.run();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#acknowledgement.close();
    this.#topology.close();
  }

  #endsAt(): number {
    return performance.now() + this.#settings.deadlineMs;
  }

  async #run(attempt: Attempt): Promise<RedisReply> {
    for (;;) {
      attempt.changes = this.#topology.changed.count;
      const node = attempt.askAt ?? this.#topology.primaryOf(attempt.key);
      try {
        return await this.#send(attempt, node);
      } catch (error) {
        if (error instanceof ErrorReply && node !== undefined) {
          await this.#afterRefusal(attempt, node, error);
        } else {
          await this.#afterNoReply(attempt, node, error);
        }
        attempt.tries += 1;
      }
    }
  }

  /** Also throws at once. */
  #send(attempt: Attempt, node: RedisNode | undefined): Promise<RedisReply> {
    const ms = attempt.endsAt - performance.now();
    if (this.#isClosed) throw new NoReply("the store was closed", { isSent: false, isFinal: true });
    if (node === undefined) {
      throw new NoReply("no primary is known for the key", { isSent: false, isFinal: ms <= 0 });
    }
    if (ms <= 0) throw new NoReply("out of time", { isSent: false, isFinal: true });
    return attempt.askAt === undefined
      ? node.send(attempt.args, ms)
      : node.sendAsking(attempt.args, ms);
  }

  /** Returns to have the call tried again; throws what the caller gets otherwise. */
  async #afterRefusal(attempt: Attempt, node: RedisNode, error: ErrorReply): Promise<void> {
    const refusal = judgeErrorReply(error.message, node.address);
    const fault = refusalFault(attempt, node, refusal, error);
    const askedAt = attempt.askAt;
    attempt.askAt = undefined;
    switch (refusal.kind) {
      case "no_script":
        if (attempt.script === undefined || attempt.args[0] !== EVALSHA) throw fault;
        attempt.args = ["EVAL", attempt.script.source, ...attempt.args.slice(2)];
        attempt.askAt = askedAt;
        return;
      case "moved":
      case "ask": {
        const target = this.#topology.nodeAt(refusal.address);
        if (target === undefined) throw fault;
        if (refusal.kind === "moved") this.#topology.moved(refusal.slot, refusal.address);
        if (refusal.kind === "ask") attempt.askAt = target;
        if (attempt.tries > 0) await this.#pause(attempt, fault);
        return;
      }
      case "unsettled":
        return await this.#pause(attempt, fault);
      case "cluster_down":
        this.#topology.doubt(node);
        return await this.#pause(attempt, fault);
      case "not_primary":
        this.#topology.notPrimary(node);
        return await this.#pause(attempt, fault);
      case "full":
      case "refused":
      case "failed":
        throw fault;
    }
  }

  async #afterNoReply(
    attempt: Attempt,
    node: RedisNode | undefined,
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof NoReply)) throw error;
    if (!this.#isClosed) this.#topology.doubt(node);
    const mayHaveRun = error.isSent && !attempt.isRead;
    const fault = new SessionError(
      "store_unavailable",
      mayHaveRun ? "unknown" : "none",
      `Redis did not answer ${attempt.name}: ${error.message}`,
      { cause: error },
    );
    attempt.askAt = undefined;
    if (mayHaveRun || error.isFinal) throw fault;
    // Right after a loss the next moment may bring the connection back; in a long outage waiting only piles up calls.
    if (this.#topology.downMs(attempt.key) > this.#settings.deadlineMs) throw fault;
    const ms = Math.min(this.#msLeft(attempt), CHANGE_WAIT_MS);
    await this.#topology.changed.wait(ms, attempt.changes);
    if (this.#msLeft(attempt) <= 0) throw fault;
  }

  async #pause(attempt: Attempt, fault: SessionError): Promise<void> {
    const ms = Math.min(5 * 2 ** attempt.tries, 50) * (0.5 + Math.random());
    // Sent with no time left for an answer, what was refused, and so not done, would become unknown.
    if (ms >= this.#msLeft(attempt) - this.#settings.deadlineMs / 5) throw fault;
    await Bun.sleep(ms);
    // A busy machine sleeps longer than asked: what the server said tells more than "out of time".
    if (this.#msLeft(attempt) <= 0) throw fault;
  }

  #msLeft(attempt: Attempt): number {
    return attempt.endsAt - performance.now();
  }
}

const EVALSHA = "EVALSHA";
/** Longest wait for a sign of change; what changed without a sign is noticed then. */
const CHANGE_WAIT_MS = 100;

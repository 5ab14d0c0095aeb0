import { ErrorReply } from "@redis/client";
import type {
  Acknowledgement,
  AnnouncedTexts,
  AnnounceReply,
  Announcing,
  Generation,
  LeaseLink,
  LeaseTransport,
  LinkListener,
  Member,
  RenewReply,
  RenewRequest,
} from "../../cache/lease-transport.ts";
import type { RandomBytes } from "../../session/id.ts";
import type { LeaseKeys } from "./keys.ts";
import { NO_TERMS, unknownTerms } from "./lease-rules.ts";
import type { LeaseVerdict, RedisLink, RedisReply, Subscription } from "./link.ts";
import { NoReply } from "./no-reply.ts";
import { listOf } from "./replies.ts";
import { RedisTelling } from "./redis-telling.ts";
import { LEASE_SCRIPTS } from "./scripts.ts";
import { parseInfo } from "./server-info.ts";

export interface RedisLeasesOptions {
  readonly keys: LeaseKeys;
  readonly topology: "standalone" | "sentinel" | "cluster";
  readonly randomBytes: RandomBytes;
}

/** For the reply, which nobody waits for. */
const ACKNOWLEDGE_MS = 5000;

/** How often the servers are asked whether their settings still allow leases: so many times as long as a renewal may take. */
const TERMS_EVERY = 10;

/**
 * The registry of the leases, a hash in Redis, and the channels beside it. A generation is the server's replication id,
 * which changes when a server starts or takes over, and a nonce, which is lost with the hash. Renewals and acknowledgements
 * go over the subscribed connection, announcements over the link's. In a Cluster there is one registry for all,
 * so a change also tells which server made it: that one may have taken over from another a moment ago.
 */
export class RedisLeases implements LeaseTransport {
  readonly #link: RedisLink;
  readonly #options: RedisLeasesOptions;
  readonly #keys: LeaseKeys;
  #terms: LeaseVerdict;
  /** The newest: acknowledgements go the way that announcements come. */
  #subscription: Subscription | undefined;
  #termsAt = -Infinity;

  constructor(link: RedisLink, options: RedisLeasesOptions) {
    this.#link = link;
    this.#options = options;
    this.#keys = options.keys;
    this.#terms = unknownTerms(options.topology);
  }

  /** With the reason, where no lease may be held. */
  get terms(): LeaseVerdict {
    return this.#terms;
  }

  async open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink> {
    await this.#askTerms(ms);
    const { registry } = this.#keys;
    const subscription = await this.#subscribe(process, listener, ms).catch((error: unknown) => {
      if (error instanceof ErrorReply) this.#refused();
      throw error;
    });
    this.#subscription = subscription;
    return {
      renew: (request, within) => this.#renew(subscription, process, request, within),
      leave: async () => {
        await subscription.send(["HDEL", registry, `m:${process}`], ms);
      },
      close: () => subscription.close(),
    };
  }

  /** Repeating it does no harm, so it is tried like a read. */
  async announce(process: string, text: string, bucket: string): Promise<AnnounceReply> {
    const { registry, announcements } = this.#keys;
    const args = [process, this.#nonce(), announcements, text];
    const script = LEASE_SCRIPTS.leaseAnnounce;
    const [reply, server] = await Promise.all([
      this.#link.script(script, [registry], args, { isRead: true }),
      this.#serverOf(bucket),
    ]);
    return { ...announceReplyOf(reply), server };
  }

  /** In a Cluster a session and the registry are rarely in the same server. */
  announcing(process: string, { done, undone }: AnnouncedTexts): Announcing | undefined {
    if (this.#options.topology === "cluster") return undefined;
    const { registry, announcements } = this.#keys;
    const args = [process, this.#nonce(), announcements, done, undone];
    return new RedisTelling(registry, args, announceReplyOf);
  }

  acknowledge(to: string, { process, generation, seq }: Acknowledgement): void {
    const channel = this.#keys.acknowledgements(to);
    const command = ["PUBLISH", channel, `${generation} ${seq} ${process}`];
    void this.#publish(command).catch(() => {});
  }

  /** Until the subscription is opened, and when it is lost, over the link's connection: somebody waits. Twice does no harm. */
  async #publish(command: readonly string[]): Promise<void> {
    try {
      if (this.#subscription) return void (await this.#subscription.send(command, ACKNOWLEDGE_MS));
    } catch (error) {
      if (!(error instanceof NoReply) || error.isFinal) throw error;
    }
    await this.#link.command(this.#keys.registry, command, { isRead: true });
  }

  #subscribe(process: string, listener: LinkListener, ms: number): Promise<Subscription> {
    const { registry, announcements } = this.#keys;
    return this.#link.subscribe(
      registry,
      [announcements, this.#keys.acknowledgements(process)],
      {
        message: (channel, text) => {
          if (channel === announcements) tellAnnouncement(text, listener);
          else tellAcknowledgement(text, listener);
        },
        lost: (reason) => listener.lost(reason),
      },
      ms,
    );
  }

  async #renew(
    subscription: Subscription,
    process: string,
    { count, holds, evict, warm }: RenewRequest,
    ms: number,
  ): Promise<RenewReply> {
    if (performance.now() - this.#termsAt > TERMS_EVERY * ms) await this.#askTerms(ms);
    const evicted = evict.flatMap((member) => [member.process, String(member.count)]);
    const { registry } = this.#keys;
    const isAlone = this.#options.topology === "cluster" ? "0" : "1";
    const lists = [JSON.stringify(warm), JSON.stringify(evicted)];
    const args = [process, holds ? String(count) : "", this.#nonce(), ...lists, isAlone];
    const command = ["EVAL", LEASE_SCRIPTS.leaseRenew.source, "1", registry, ...args];
    const [reply, counts] = await Promise.all([
      subscription.send(command, ms),
      subscription.isStillPrimary(ms / 2),
    ]);
    const [name, tookOver, seq, isWarm] = listOf(reply);
    const generation = { name: String(name), tookOver: tookOver === 1 };
    return { generation, seq: Number(seq), counts, isWarm: isWarm === 1 };
  }

  /**
   * The server that owns the bucket, asked after the change in it was answered. Elsewhere than in a Cluster it is the
   * registry's.
   */
  async #serverOf(bucket: string): Promise<Generation | undefined> {
    if (this.#options.topology !== "cluster") return undefined;
    const command = ["INFO", "replication"];
    const reply = await this.#link.command(`{${bucket}}`, command, { isRead: true });
    const info = parseInfo(String(reply));
    const tookOver = info.get("second_repl_offset") !== "-1";
    return { name: String(info.get("master_replid")), tookOver };
  }

  async #askTerms(ms: number): Promise<void> {
    this.#terms = await this.#link.leaseTerms(ms);
    this.#termsAt = performance.now();
  }

  #refused(): void {
    const whyNot =
      "every read asks the store, though SESSION_CACHE is exact: Redis does not let this user subscribe; allow the user what docs/redis.md names";
    this.#terms = { ...NO_TERMS, whyNot };
  }

  #nonce(): string {
    return Buffer.from(this.#options.randomBytes(12)).toString("base64url");
  }
}

function tellAnnouncement(message: string, listener: LinkListener): void {
  const [, generation, seq, from, text] = /^(\S+) (\d+) (\S+) (.*)$/s.exec(message) ?? [];
  if (generation === undefined || from === undefined || text === undefined) return;
  listener.announced({ generation, seq: Number(seq), from, text });
}

function tellAcknowledgement(message: string, listener: LinkListener): void {
  const [, generation, seq, process] = /^(\S+) (\d+) (\S+)$/.exec(message) ?? [];
  if (generation === undefined || process === undefined) return;
  listener.acknowledged({ generation, seq: Number(seq), process });
}

function announceReplyOf(reply: RedisReply): AnnounceReply {
  const [name, tookOver, seq, members = null, warm = null] = listOf(reply);
  return {
    generation: { name: String(name), tookOver: tookOver === 1 },
    server: undefined,
    warm: listOf(warm).map(String),
    seq: Number(seq),
    members: membersOf(listOf(members)),
  };
}

function membersOf(flat: readonly RedisReply[]): readonly Member[] {
  return flat.flatMap((count, i) =>
    i % 2 === 1 ? [{ process: String(flat[i - 1]), count: Number(String(count)) }] : [],
  );
}

import type {
  Acknowledgement,
  AnnounceReply,
  LeaseLink,
  LeaseTransport,
  LinkListener,
  Member,
  RenewReply,
  RenewRequest,
} from "../../cache/lease-transport.ts";
import type { RandomBytes } from "../../session/id.ts";
import type { LeaseKeys } from "./keys.ts";
import type { RedisLink, RedisReply, Subscription } from "./link.ts";
import { listOf } from "./replies.ts";
import { LEASE_SCRIPTS } from "./scripts.ts";

export interface RedisLeasesOptions {
  readonly keys: LeaseKeys;
  readonly randomBytes: RandomBytes;
}

/**
 * The registry of the leases, a hash in Redis, and the channels beside it. A generation is the server's replication id,
 * which changes when a server starts or takes over, and a nonce, which is lost with the hash. Renewals go over the
 * subscribed connection, announcements and acknowledgements over the link's.
 */
export class RedisLeases implements LeaseTransport {
  readonly #link: RedisLink;
  readonly #keys: LeaseKeys;
  readonly #randomBytes: RandomBytes;

  constructor(link: RedisLink, { keys, randomBytes }: RedisLeasesOptions) {
    this.#link = link;
    this.#keys = keys;
    this.#randomBytes = randomBytes;
  }

  async open(process: string, listener: LinkListener, ms: number): Promise<LeaseLink> {
    const { registry, announcements } = this.#keys;
    const subscription = await this.#link.subscribe(
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
    return {
      renew: (request, within) => this.#renew(subscription, process, request, within),
      leave: async () => {
        await subscription.send(["HDEL", registry, `m:${process}`], ms);
      },
      close: () => subscription.close(),
    };
  }

  /** Repeating it does no harm, so it is tried like a read. */
  async announce(process: string, text: string): Promise<AnnounceReply> {
    const { registry, announcements } = this.#keys;
    const args = [process, this.#nonce(), announcements, text];
    const script = LEASE_SCRIPTS.leaseAnnounce;
    const reply = await this.#link.script(script, [registry], args, { isRead: true });
    const [generation, isWarm, seq, members = null] = listOf(reply);
    return {
      generation: String(generation),
      isWarm: isWarm === 1,
      seq: Number(seq),
      members: membersOf(listOf(members)),
    };
  }

  /** Whether any process holds a lease, or held one within a day and did not leave. */
  async hasMembers(): Promise<boolean> {
    const { registry } = this.#keys;
    const reply = await this.#link.command(registry, ["HGETALL", registry], { isRead: true });
    return listOf(reply).some((field, i) => i % 2 === 0 && String(field).startsWith("m:"));
  }

  acknowledge(to: string, { process, generation, seq }: Acknowledgement): void {
    const channel = this.#keys.acknowledgements(to);
    const command = ["PUBLISH", channel, `${generation} ${seq} ${process}`];
    this.#link.command(this.#keys.registry, command, { isRead: true }).catch(() => {});
  }

  async #renew(
    subscription: Subscription,
    process: string,
    { count, evict, warm }: RenewRequest,
    ms: number,
  ): Promise<RenewReply> {
    const evicted = evict.flatMap((member) => [member.process, String(member.count)]);
    const args = [process, String(count), this.#nonce(), warm ?? "", JSON.stringify(evicted)];
    const command = ["EVAL", LEASE_SCRIPTS.leaseRenew.source, "1", this.#keys.registry, ...args];
    const [generation, seq] = listOf(await subscription.send(command, ms));
    return { generation: String(generation), seq: Number(seq) };
  }

  #nonce(): string {
    return Buffer.from(this.#randomBytes(12)).toString("base64url");
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

function membersOf(flat: readonly RedisReply[]): readonly Member[] {
  return flat.flatMap((count, i) =>
    i % 2 === 1 ? [{ process: String(flat[i - 1]), count: Number(String(count)) }] : [],
  );
}

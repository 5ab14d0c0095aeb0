import { describe, expect, test } from "bun:test";
import type { Invalidation } from "./invalidation.ts";
import type { AnnounceReply, LeaseTransport, Member } from "./lease-transport.ts";
import { boardBytes, NoticeBoard } from "./notice-board.ts";
import { SharedLeases } from "./shared-leases.ts";

const CHANGE: Invalidation = { ids: [], closed: [], user: { userId: "ann" } };
const [LEASE_MS, MARGIN_MS, HANDOVER_MS] = [2000, 100, 4000];
const REGISTRY = { name: "registry", tookOver: false };
const TOOK_OVER = { name: "server", tookOver: true };

/** One process of a Cluster whose server took over, and what it tells others. Its transport answers when it is told to. */
class Site {
  now = 0;
  warm: string[] = [REGISTRY.name];
  members: Member[] = [];
  readonly evicted: string[] = [];
  announcements = 0;
  readonly events: string[] = [];
  readonly #memory = new Uint8Array(boardBytes(2));
  readonly neighbour = new NoticeBoard(this.#memory, 1);
  readonly #replies: (() => void)[] = [];
  readonly #timers: { readonly at: number; readonly run: () => void }[] = [];
  readonly leases = new SharedLeases({
    process: "near.self",
    holds: true,
    deadlineMs: 1000,
    transport: this.#transport(),
    times: { leaseMs: LEASE_MS, marginMs: MARGIN_MS },
    clocks: { monotonic: () => this.now, wall: () => this.now },
    after: (ms, run) => {
      this.#timers.push({ at: this.now + ms, run });
      return () => {};
    },
    memory: { drop: () => {}, flush: () => {} },
    neighbourhood: { board: new NoticeBoard(this.#memory, 0), name: "near" },
    onEvent: (event) => this.events.push(event),
    onWaited: () => {},
  });

  /** Answers what was announced so far. */
  async reply(): Promise<void> {
    for (const reply of this.#replies.splice(0)) reply();
    await settled();
  }

  async passTo(ms: number): Promise<void> {
    this.now = ms;
    for (const timer of this.#timers.splice(0))
      if (timer.at <= ms) timer.run();
      else this.#timers.push(timer);
    await settled();
  }

  #transport(): LeaseTransport {
    return {
      terms: {
        mayHold: true,
        handoverMs: HANDOVER_MS,
        readsNeedLease: false,
        isRegistryApart: true,
      },
      open: async () => ({
        renew: async ({ evict }) => {
          this.evicted.push(...evict.map(({ process }) => process));
          return { generation: REGISTRY, seq: 0, counts: true, isWarm: true };
        },
        leave: async () => {},
        close: () => {},
      }),
      announcing: () => undefined,
      acknowledge: () => {},
      announce: () => this.#announce(),
    };
  }

  #announce(): Promise<AnnounceReply> {
    this.announcements += 1;
    const seq = this.announcements;
    const { promise, resolve } = Promise.withResolvers<AnnounceReply>();
    this.#replies.push(() => {
      const { warm, members } = this;
      resolve({ generation: REGISTRY, server: TOOK_OVER, warm: [...warm], seq, members });
    });
    return promise;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("of a change in a server that took over", () => {
  test("neighbours hear again when the one before was over by the time of the reply", async () => {
    const site = new Site();
    const announced = site.leases.announce(CHANGE);
    expect(site.neighbour.unread()).toHaveLength(1);
    site.warm.push(TOOK_OVER.name);
    await site.reply();
    await announced;
    expect(site.neighbour.unread()).toHaveLength(1);
    expect(site.announcements).toBe(1);
  });

  test("all are told again when the one before went on after the announcement was sent, however late its reply", async () => {
    const site = new Site();
    const first = site.leases.announce(CHANGE);
    await site.reply();
    await site.passTo(HANDOVER_MS - 10);
    const second = site.leases.announce(CHANGE);
    await site.passTo(2 * HANDOVER_MS);
    site.neighbour.unread();
    site.announcements = 0;
    await site.reply();
    expect(site.announcements).toBeGreaterThan(0);
    expect(site.neighbour.unread()).not.toEqual([]);
    await site.reply();
    await Promise.all([first, second]);
  });

  test("nobody is told again when the one before was over when the announcement was sent", async () => {
    const site = new Site();
    const first = site.leases.announce(CHANGE);
    await site.reply();
    await site.passTo(2 * HANDOVER_MS);
    await site.reply();
    await first;
    site.announcements = 0;
    const second = site.leases.announce(CHANGE);
    await site.reply();
    await second;
    expect(site.announcements).toBe(1);
  });
});

test("a neighbour that has ended is struck off, and not waited for", async () => {
  const site = new Site();
  site.warm.push(TOOK_OVER.name);
  const change = async () => {
    const announced = site.leases.announce(CHANGE);
    await site.reply();
    await announced;
  };
  await site.leases.start();
  site.members = neighboursAt(1);
  await change();
  await site.passTo(LEASE_MS + 2 * MARGIN_MS);
  expect(site.evicted).toEqual([]);
  site.members = neighboursAt(2);
  await change();
  await site.passTo(2 * LEASE_MS);
  expect(site.evicted).toContain("near.ended");
  expect(site.evicted).not.toContain("near.running");
  expect(site.events).toEqual([]);
  await site.leases.close();
});

/** One renews no more, the other has renewed so often. */
function neighboursAt(count: number): Member[] {
  return [
    { process: "near.ended", count: 7 },
    { process: "near.running", count },
  ];
}

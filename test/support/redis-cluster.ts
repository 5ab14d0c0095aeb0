import {
  type ClusterNode,
  type ClusterNodeOptions,
  type SlotMove,
  parseNode,
  startNode,
} from "./redis-cluster-node.ts";
import type { RedisServer } from "./redis-server.ts";
import { until } from "./until.ts";

const SLOTS = 16_384;
/** After 5 s Redis gives up a planned failover, as when the replica is too busy to catch up; then ask again. */
const GIVEN_UP_MS = 6_000;

/** Three primaries with one replica each, which is what `servers` holds in this order when started. */
export class RedisClusterSet implements AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly #options: ClusterNodeOptions;

  constructor(servers: readonly RedisServer[], options: ClusterNodeOptions) {
    this.servers = servers;
    this.#options = options;
  }

  /** "redis+cluster://[:password@]h1,…", "rediss+cluster://…" with TLS. */
  get url(): string {
    const { password, tls } = this.#options;
    const scheme = tls === undefined ? "redis+cluster" : "rediss+cluster";
    const user = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
    return `${scheme}://${user}${this.servers.map(({ host, port }) => `${host}:${port}`).join(",")}`;
  }

  async slotOf(key: string): Promise<number> {
    return Number(await (await this.#witness()).command("CLUSTER", "KEYSLOT", key));
  }

  /** The primary that owns the key, as a running node sees it. */
  async ownerOf(key: string): Promise<RedisServer> {
    return (await this.#owner(await this.slotOf(key))).server;
  }

  /** The replicas of a primary. */
  async replicasOf(primary: RedisServer): Promise<readonly RedisServer[]> {
    const nodes = await this.#nodes();
    const id = nodes.find(({ server }) => server === primary)?.id;
    return nodes.filter(({ primaryId }) => primaryId === id).map(({ server }) => server);
  }

  async primaries(): Promise<readonly RedisServer[]> {
    const nodes = await this.#nodes();
    return nodes.filter(({ slots }) => slots.length > 0).map(({ server }) => server);
  }

  /** A planned failover of the key's shard: its replica takes over. Returns the new owner. */
  async failover(key: string): Promise<RedisServer> {
    const owner = await this.ownerOf(key);
    const [replica] = await this.replicasOf(owner);
    if (replica === undefined) throw new Error("this shard has no replica");
    let askedAt = -Infinity;
    await until(
      async () => {
        if (performance.now() - askedAt > GIVEN_UP_MS) {
          askedAt = performance.now();
          await replica.command("CLUSTER", "FAILOVER");
        }
        return (await this.ownerOf(key)) !== owner;
      },
      { what: "the replica takes over", withinMs: 3 * GIVEN_UP_MS },
    );
    return await this.failedOver(key, owner);
  }

  /** Waits until another node than `old` owns the key, in the eyes of all that run. Returns it. */
  async failedOver(key: string, old: RedisServer): Promise<RedisServer> {
    let owner = old;
    await until(
      async () => {
        owner = await this.ownerOf(key);
        return owner !== old && (await this.#agree(await this.slotOf(key), owner));
      },
      { what: "another node owns the slot", withinMs: 20_000 },
    );
    return owner;
  }

  /** Begins to move the key's slot to another primary; until `endMove` commands for it may be answered with ASK. */
  async beginMove(key: string): Promise<SlotMove> {
    const slot = await this.slotOf(key);
    const from = await this.#owner(slot);
    const others = (await this.#nodes()).filter(({ slots }) => slots.length > 0);
    const to = others.find(({ id }) => id !== from.id);
    if (to === undefined) throw new Error("there is no other primary");
    await to.server.command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", from.id);
    await from.server.command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", to.id);
    return { slot, from: from.server, to: to.server, toId: to.id };
  }

  /** Moves up to `atMost` keys; returns how many it moved. */
  async moveKeys(move: SlotMove, atMost = 100): Promise<number> {
    const { slot, from, to } = move;
    const keys = await from.command("CLUSTER", "GETKEYSINSLOT", String(slot), String(atMost));
    if (!Array.isArray(keys) || keys.length === 0) return 0;
    const { password } = this.#options;
    const auth = password === undefined ? [] : ["AUTH", password];
    const target = [to.host, String(to.port), "", "0", "5000"];
    await from.command("MIGRATE", ...target, ...auth, "KEYS", ...keys.map(String));
    return keys.length;
  }

  /** Moves what is left and gives the slot to its new owner. */
  async endMove(move: SlotMove): Promise<void> {
    while ((await this.moveKeys(move)) > 0);
    const give = ["CLUSTER", "SETSLOT", String(move.slot), "NODE", move.toId];
    await move.to.command(...give);
    await move.from.command(...give);
    for (const server of await this.primaries()) await server.command(...give);
  }

  /** Waits until all six nodes run, all slots are served and every replica is connected. */
  async settled(): Promise<void> {
    await until(async () => await this.#isSettled(), {
      what: "the cluster is whole",
      withinMs: 20_000,
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #isSettled(): Promise<boolean> {
    const states = await Promise.all(
      this.servers.map(async (server) => {
        const state = String(await server.command("CLUSTER", "INFO"));
        const nodes = await this.#nodes(server);
        const replication = String(await server.command("INFO", "replication"));
        // A replica is online before the stream flows: that begins with its first acknowledgement.
        const isLinked = /master_link_status:up|slave0:.*state=online,offset=[1-9]/.test(
          replication,
        );
        const isWhole =
          state.includes("cluster_state:ok") && nodes.every((node) => !node.isFailing);
        return isLinked && isWhole && nodes.filter((node) => !node.isPrimary).length === 3;
      }),
    );
    return states.every(Boolean);
  }

  async #agree(slot: number, owner: RedisServer): Promise<boolean> {
    const running = await this.#running();
    const views = await Promise.all(running.map((server) => this.#owner(slot, server)));
    return views.every(({ server }) => server === owner);
  }

  async #owner(slot: number, witness?: RedisServer): Promise<ClusterNode> {
    const nodes = await this.#nodes(witness);
    const owner = nodes.find(({ slots }) =>
      slots.some(([first, last]) => first <= slot && slot <= last),
    );
    if (owner === undefined) throw new Error(`nobody owns slot ${slot}`);
    return owner;
  }

  async #nodes(witness?: RedisServer): Promise<readonly ClusterNode[]> {
    const text = String(await (witness ?? (await this.#witness())).command("CLUSTER", "NODES"));
    return text
      .split("\n")
      .filter((line) => line !== "" && !line.includes("handshake") && !line.includes("noaddr"))
      .map((line) => parseNode(line, this.servers));
  }

  async #witness(): Promise<RedisServer> {
    const [first] = await this.#running();
    if (first === undefined) throw new Error("no node of the cluster runs");
    return first;
  }

  async #running(): Promise<readonly RedisServer[]> {
    return this.servers.filter((server) => server.isRunning);
  }
}

export async function startRedisCluster(
  options: ClusterNodeOptions = {},
): Promise<RedisClusterSet> {
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () => await startNode(options)),
  );
  const set = new RedisClusterSet(servers, options);
  const primaries = servers.slice(0, 3);
  await Promise.all(
    primaries.map(async (server, at) => {
      const first = Math.ceil((at * SLOTS) / 3);
      const last = Math.ceil(((at + 1) * SLOTS) / 3) - 1;
      await server.command("CLUSTER", "SET-CONFIG-EPOCH", String(at + 1));
      await server.command("CLUSTER", "ADDSLOTSRANGE", String(first), String(last));
    }),
  );
  await meet(servers);
  await Promise.all(
    servers.slice(3).map(async (replica, at) => {
      const id = String(await primaries[at]?.command("CLUSTER", "MYID"));
      await until(async () => (await replica.command("CLUSTER", "REPLICATE", id)) === "OK", {
        what: "a node becomes a replica",
        withinMs: 10_000,
      });
    }),
  );
  await set.settled();
  return set;
}

/** Everybody is introduced to everybody: gossip would get there too, but later. */
async function meet(servers: readonly RedisServer[]): Promise<void> {
  for (const [at, server] of servers.entries()) {
    for (const other of servers.slice(at + 1)) {
      const busPort = String(await other.command("CONFIG", "GET", "cluster-port")).split(",")[1];
      await server.command("CLUSTER", "MEET", other.host, String(other.port), busPort ?? "");
    }
  }
  await until(
    async () => {
      const infos = await Promise.all(servers.map((server) => server.command("CLUSTER", "NODES")));
      return infos.every((info) => String(info).trim().split("\n").length === servers.length);
    },
    { what: "all nodes know each other", withinMs: 10_000 },
  );
}

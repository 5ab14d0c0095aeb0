import { ErrorReply } from "@redis/client";
import { describeErrorReply } from "./reply-errors.ts";
import { nodeName, RedisNode, type NodeSettings } from "./redis-node.ts";
import type { Credentials, NodeAddress } from "./redis-url.ts";
import { Signal } from "./signal.ts";
import type { Topology } from "./topology.ts";

export interface SentinelTarget {
  readonly sentinels: readonly NodeAddress[];
  /** The name the Sentinels know the primary by. */
  readonly primaryName: string;
}

/** What one Sentinel says, and when it said so. */
interface View {
  readonly address: NodeAddress;
  /** Grows with every failover: the highest is the newest. */
  readonly epoch: number;
  readonly replicas: number;
  /** This Sentinel is putting another server in the primary's place. Only the one that does it says so. */
  readonly isFailingOver: boolean;
  readonly at: number;
}

const ASK_EVERY_MS = 250;
/** A Sentinel that said nothing for so long has no voice. */
const VIEW_FRESH_MS = 5_000;

/**
 * A primary that Sentinels name. All of them are asked several times a second and the newest view counts, so one that
 * was cut off with the old primary misleads nobody. A server that says it is a replica is never used, and the connection
 * to a replaced primary is cut at once: what it still answers could be older than what the new one holds.
 * https://redis.io/docs/latest/develop/reference/sentinel-clients
 */
export class SentinelTopology implements Topology {
  readonly changed = new Signal();
  readonly #primaryName: string;
  readonly #settings: NodeSettings;
  readonly #onEvent: (message: string) => void;
  readonly #watchers: readonly SentinelWatcher[];
  readonly #openedAt = performance.now();
  #primary: RedisNode | undefined;
  #switchedAt = -Infinity;

  constructor(
    { sentinels, primaryName }: SentinelTarget,
    settings: NodeSettings,
    onEvent: (message: string) => void,
  ) {
    this.#primaryName = primaryName;
    this.#settings = settings;
    this.#onEvent = onEvent;
    const listener = { onEvent, onView: () => this.#decide() };
    this.#watchers = sentinels.map(
      (address) => new SentinelWatcher(address, primaryName, settings, listener),
    );
  }

  primaryOf(): RedisNode | undefined {
    return this.#primary;
  }

  downMs(): number {
    return this.#primary?.downMs ?? performance.now() - this.#openedAt;
  }

  settledMs(): number {
    return Math.min(this.#primary?.settledMs ?? 0, performance.now() - this.#switchedAt);
  }

  primaries(): readonly RedisNode[] {
    return this.#primary === undefined ? [] : [this.#primary];
  }

  nodeAt(): undefined {}

  moved(): void {}

  doubt(): void {
    for (const watcher of this.#watchers) watcher.hurry();
  }

  notPrimary(node: RedisNode): void {
    node.reconnect("it refuses writes as a replica");
    this.doubt();
  }

  /** Counts replicas that are down, too: Sentinel remembers them. */
  async hasReplicas(): Promise<boolean> {
    return (this.#newestView()?.replicas ?? 0) > 0;
  }

  /**
   * With two replicas and a failover of a primary that is well (SENTINEL FAILOVER, a network cut in two), the old primary
   * and the replica left to it go on confirming each other's writes for a second or more; all of those are lost. So
   * the Sentinels must say, after the replica confirmed, that no failover had begun: all that are connected, since
   * only the one that leads a failover knows of it at first, and that must be most of them.
   */
  async isStillPrimary(primary: RedisNode, ms: number): Promise<boolean> {
    const connected = this.#watchers.filter((watcher) => watcher.isConnected);
    if (connected.length * 2 <= this.#watchers.length) return false;
    const views = await Promise.all(connected.map((watcher) => watcher.look(ms)));
    return views.every((view) => view !== undefined && !view.isFailingOver && isAt(primary, view));
  }

  warnings(): readonly string[] {
    const silent = this.#watchers.filter((watcher) => watcher.view === undefined);
    if (silent.length === 0) return [];
    const names = silent.map(({ name }) => name).join(", ");
    const known = `the primary named ${this.#primaryName}`;
    return [
      `Sentinel ${names} tells nothing of ${known}: failovers may be noticed late or not at all`,
    ];
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#primary?.close();
  }

  #decide(): void {
    const address = this.#newestView()?.address;
    if (address === undefined || this.#primary?.name === nodeName(address)) return;
    const old = this.#primary;
    this.#primary = new RedisNode(address, this.#settings, {
      onEvent: this.#onEvent,
      onChange: () => this.changed.fire(),
    });
    if (old !== undefined) {
      this.#switchedAt = performance.now();
      this.#onEvent(`Redis ${this.#primary.name}: is the primary now, in place of ${old.name}`);
      old.close();
    }
    this.changed.fire();
  }

  #newestView(): View | undefined {
    let newest: View | undefined;
    for (const { view } of this.#watchers) {
      if (view !== undefined && view.epoch > (newest?.epoch ?? -1)) newest = view;
    }
    return newest;
  }
}

function isAt(node: RedisNode, { address }: View): boolean {
  return node.name === nodeName(address);
}

interface WatchListener {
  readonly onEvent: (message: string) => void;
  readonly onView: () => void;
}

/** Asks one Sentinel again and again. */
class SentinelWatcher {
  readonly name: string;
  readonly #primaryName: string;
  readonly #address: NodeAddress;
  readonly #settings: NodeSettings;
  readonly #listener: WatchListener;
  readonly #wake = new Signal();
  #credentials: Credentials | undefined;
  #node: RedisNode;
  #view: View | undefined;
  #complaint = "";
  #isClosed = false;

  constructor(
    address: NodeAddress,
    primaryName: string,
    settings: NodeSettings,
    listener: WatchListener,
  ) {
    this.name = nodeName(address);
    this.#primaryName = primaryName;
    this.#address = address;
    this.#settings = settings;
    this.#listener = listener;
    this.#node = this.#open();
    void this.#watch();
  }

  get isConnected(): boolean {
    return this.#node.isUp;
  }

  /** What it said last, unless that was long ago. */
  get view(): View | undefined {
    const view = this.#view;
    return view !== undefined && performance.now() - view.at < VIEW_FRESH_MS ? view : undefined;
  }

  /** Asks for a view of this moment; absent when there is none in time. */
  async look(ms: number): Promise<View | undefined> {
    return await this.#ask(ms).catch(() => undefined);
  }

  /** Ask now, not at the next turn. */
  hurry(): void {
    this.#wake.fire();
  }

  close(): void {
    this.#isClosed = true;
    this.#node.close();
    this.#wake.fire();
  }

  #open(): RedisNode {
    const { credentials: _, ...rest } = this.#settings;
    const credentials = this.#credentials === undefined ? {} : { credentials: this.#credentials };
    return new RedisNode(
      this.#address,
      { ...rest, ...credentials, database: 0, mustBePrimary: false },
      { onEvent: this.#listener.onEvent, onChange: () => this.#wake.fire() },
    );
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      const { count } = this.#wake;
      try {
        this.#view = await this.#ask(this.#settings.connectMs);
        this.#complaint = "";
        this.#listener.onView();
      } catch (error) {
        if (error instanceof ErrorReply) this.#refused(error.message);
      }
      // However many hurry it, it is asked at most every 10 ms.
      await Bun.sleep(10);
      await this.#wake.wait(ASK_EVERY_MS, count);
    }
  }

  async #ask(ms: number): Promise<View> {
    // In one turn, so that the address and the epoch belong together. While a failover runs, only the first command
    // names the new primary already.
    const asked = this.#node.send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.#primaryName], ms);
    const told = this.#node.send(["SENTINEL", "MASTER", this.#primaryName], ms);
    const [address, details] = await Promise.all([asked, told]);
    const [host, port] = Array.isArray(address) ? address.map(String) : [];
    if (host === undefined) throw new ErrorReply("ERR No such master with that name");
    const fields = Array.isArray(details) ? details.map(String) : [];
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
    return {
      address: { host, port: Number(port) },
      epoch: Number(field("config-epoch")),
      replicas: Number(field("num-slaves")),
      isFailingOver: field("flags").includes("failover_in_progress"),
      at: performance.now(),
    };
  }

  /** Sentinels often have no password where the servers do: it is sent only to one that asks for it. */
  #refused(message: string): void {
    const { credentials } = this.#settings;
    if (message.startsWith("NOAUTH") && credentials !== undefined && !this.#credentials) {
      this.#credentials = credentials;
      this.#node.close();
      this.#node = this.#open();
      return;
    }
    if (this.#complaint === message) return;
    this.#complaint = message;
    this.#listener.onEvent(
      `Sentinel ${this.name}: ${describeErrorReply(message)} (${this.#primaryName})`,
    );
  }
}

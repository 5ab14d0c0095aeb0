import { nodeName, RedisNode, type NodeSettings } from "./redis-node.ts";
import type { NodeAddress } from "./redis-url.ts";
import { SentinelWatcher, type View } from "./sentinel-watcher.ts";
import { Signal } from "./signal.ts";
import type { Topology } from "./topology.ts";

export interface SentinelTarget {
  readonly sentinels: readonly NodeAddress[];
  /** The name the Sentinels know the primary by. */
  readonly primaryName: string;
}

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
  /** A Sentinel said something. */
  readonly #heard = new Signal();
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
    const listener = { onEvent, onView: () => this.#hear() };
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
    await this.#waitForMost(ms);
    const connected = this.#watchers.filter((watcher) => watcher.isConnected);
    if (connected.length * 2 <= this.#watchers.length) return false;
    const views = await Promise.all(connected.map((watcher) => watcher.look(ms)));
    return views.every((view) => view !== undefined && !view.isFailingOver && isAt(primary, view));
  }

  async isPrimaryToMost(primary: RedisNode, ms: number): Promise<boolean> {
    if (this.#primary !== primary) return false;
    const connected = this.#watchers.filter((watcher) => watcher.isConnected);
    const views = await Promise.all(connected.map((watcher) => watcher.look(ms)));
    const told = views.filter((view) => view !== undefined);
    if (told.length * 2 <= this.#watchers.length) return false;
    return told.every((view) => !view.isFailingOver && isAt(primary, view));
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

  /** The first Sentinel that answers names the primary; the others may come a moment later. */
  async #waitForMost(ms: number): Promise<void> {
    const endsAt = Math.min(performance.now() + ms, this.#openedAt + this.#settings.connectMs);
    const { length } = this.#watchers;
    while (this.#watchers.filter(({ isConnected }) => isConnected).length * 2 <= length) {
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) return;
      await this.#heard.wait(leftMs);
    }
  }

  #hear(): void {
    this.#heard.fire();
    this.#decide();
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

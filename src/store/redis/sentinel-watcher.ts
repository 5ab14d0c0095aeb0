import { ErrorReply } from "@redis/client";
import { nodeName, RedisNode, type NodeSettings } from "./redis-node.ts";
import type { Credentials, NodeAddress } from "./redis-url.ts";
import { describeErrorReply } from "./reply-errors.ts";
import { Signal } from "./signal.ts";

/** What one Sentinel says, and when it said so. */
export interface View {
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

interface WatchListener {
  readonly onEvent: (message: string) => void;
  readonly onView: () => void;
}

/** Asks one Sentinel again and again. */
export class SentinelWatcher {
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

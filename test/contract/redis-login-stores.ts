import { randomBytes } from "node:crypto";
import { KeyRing } from "../../src/seal/key-ring.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { OpenedLogins } from "./login-storage.ts";

/** Two processes' stores on one Redis, whatever its topology, under a prefix of their own. */
export class RedisLoginStores {
  readonly #closeAck: "primary" | "replicated";
  #stores: readonly RedisStore[] = [];

  constructor(closeAck: "primary" | "replicated") {
    this.#closeAck = closeAck;
  }

  get opened(): OpenedLogins {
    const [one, two] = this.#stores;
    if (!one || !two) throw new Error("not opened yet");
    return { store: one, logins: one.logins, others: two.logins };
  }

  async open(url: string): Promise<void> {
    const prefix = `t${randomBytes(6).toString("hex")}`;
    const options = { deadlineMs: 5000, closeAck: this.#closeAck, onEvent: () => {} };
    const links = await Promise.all([openRedisLink(url, options), openRedisLink(url, options)]);
    this.#stores = links.map((link) => new RedisStore(link, { prefix, keyRing: new KeyRing([]) }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
  }
}

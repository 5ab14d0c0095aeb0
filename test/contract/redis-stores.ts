import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { StoreClock } from "../../src/session/clock.ts";
import type { SessionStore } from "../../src/session/store.ts";
import { FinalCloses } from "../../src/store/closes/final-closes.ts";
import type { RedisLink } from "../../src/store/redis/link.ts";
import { openRedisLink } from "../../src/store/redis/open-link.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { OpenedStore } from "./opened-store.ts";

export interface RedisChoices {
  /** Asked for when it is needed: the servers start after the tests are declared. */
  readonly url: () => string;
  readonly closeAck: "primary" | "replicated";
  /** Default: long enough for a busy machine. */
  readonly deadlineMs?: number;
}

type Client = Pick<OpenedStore, "store" | "revocations">;

/** Links opened ahead: opening one is mostly waiting, and a suite opens hundreds. */
const AHEAD = 8;

/** Opens stores as the service does, each time under a prefix of its own and over links of its own. */
export class RedisStores {
  readonly #choices: RedisChoices;
  readonly #ahead: Promise<RedisLink>[] = [];

  constructor(choices: RedisChoices) {
    this.#choices = choices;
  }

  readonly open = async (): Promise<OpenedStore> => {
    const open = openersOf(() => this.#link());
    const { store, revocations } = await open();
    const another = async () => (await open()).store;
    return { store, revocations, another, close: () => store.close() };
  };

  /** Closes the links that nobody took. */
  async close(): Promise<void> {
    const links = await Promise.all(this.#ahead.splice(0));
    await Promise.all(links.map((link) => link.close()));
  }

  async #link(): Promise<RedisLink> {
    while (this.#ahead.length < AHEAD) this.#ahead.push(openLink(this.#choices));
    return (await this.#ahead.shift()) ?? openLink(this.#choices);
  }
}

/** Opens clients of one prefix and key, each over a link of its own. */
export function clientsOf(link: () => Promise<RedisLink>): () => Promise<SessionStore> {
  const open = openersOf(link);
  return async () => (await open()).store;
}

function openersOf(link: () => Promise<RedisLink>): () => Promise<Client> {
  const prefix = `t${randomBytes(6).toString("hex")}`;
  const keyRing = new KeyRing([randomBytes(KEY_BYTES)]);
  return async () => {
    const engine = new RedisStore(await link(), { prefix, keyRing });
    const store = new FinalCloses(engine, { clock: new StoreClock(), onLateClose: () => {} });
    return { store, revocations: engine.revocations };
  };
}

export function openLink({ url, closeAck, deadlineMs = 5000 }: RedisChoices): Promise<RedisLink> {
  return openRedisLink(url(), { deadlineMs, closeAck, onEvent: () => {} });
}

import { SessionError } from "../../session/errors.ts";
import type { RedisArgument, RedisReply } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import { parseSlotRanges } from "./slot-map.ts";
import { nodeName } from "./redis-node.ts";
import type { Topology } from "./topology.ts";

/** The primaries behind a link one by one, for offline commands that must ask each of them. */
export class Primaries {
  readonly #topology: Topology;
  readonly #isCluster: boolean;
  readonly #deadlineMs: number;

  constructor(topology: Topology, parts: { isCluster: boolean; deadlineMs: number }) {
    this.#topology = topology;
    this.#isCluster = parts.isCluster;
    this.#deadlineMs = parts.deadlineMs;
  }

  /** The names of all, in a fixed order. Throws when none is known, or one is not connected. */
  names(): readonly string[] {
    const primaries = this.#topology.primaries();
    const isDown = primaries.length === 0 || primaries.some((primary) => !primary.isUp);
    if (isDown) throw unavailable("Redis does not answer");
    return primaries.map(({ name }) => name).toSorted();
  }

  /** What reads only, asked of this one. Throws SessionError "store_unavailable", outcome "none". */
  async ask(name: string, args: readonly RedisArgument[]): Promise<RedisReply> {
    try {
      return await this.#named(name).send(args, this.#deadlineMs);
    } catch (cause) {
      const text = `Redis ${name} did not answer ${String(args[0])}: ${String(cause)}`;
      throw unavailable(text, cause);
    }
  }

  /** Who owns what, as text that changes when that does. */
  async owners(): Promise<string> {
    const [first = "", ...others] = this.names();
    if (!this.#isCluster) return [first, ...others].join();
    const node = this.#named(first);
    const ranges = parseSlotRanges(await this.ask(first, ["CLUSTER", "SLOTS"]), node.address);
    return ranges
      .map((range) => `${range.first}-${range.last} ${nodeName(range.address)}`)
      .toSorted()
      .join();
  }

  #named(name: string): RedisNode {
    const node = this.#topology.primaries().find((primary) => primary.name === name);
    if (node === undefined) throw new Error("it is no primary any more");
    return node;
  }
}

function unavailable(message: string, cause?: unknown): SessionError {
  return new SessionError("store_unavailable", "none", message, { cause });
}

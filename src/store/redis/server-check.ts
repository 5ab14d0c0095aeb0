import { ErrorReply } from "@redis/client";
import { SessionError } from "../../session/errors.ts";
import type { RedisReply } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import { judgeServer, type ServerFacts, type Surroundings } from "./server-warnings.ts";
import { parseInfo } from "./server-info.ts";
import type { Topology } from "./topology.ts";

/** How long what a server said about its settings is believed. */
const FACTS_KNOWN_MS = 60_000;

const SETTINGS = [
  "appendfsync",
  "save",
  "stop-writes-on-bgsave-error",
  "min-replicas-to-write",
] as const;

/** Asks the primaries for their time and for what about them could lose data or closes. */
export class ServerCheck {
  readonly #topology: Topology;
  readonly #surroundings: Surroundings;
  readonly #deadlineMs: number;
  readonly #known = new WeakMap<RedisNode, { readonly facts: ServerFacts; readonly at: number }>();

  constructor(topology: Topology, surroundings: Surroundings, deadlineMs: number) {
    this.#topology = topology;
    this.#surroundings = surroundings;
    this.#deadlineMs = deadlineMs;
  }

  /** Throws SessionError when no primary tells its time. */
  async run(): Promise<{ readonly now: number; readonly warnings: readonly string[] }> {
    const primaries = this.#topology.primaries();
    const [now, ...complaints] = await Promise.all([
      this.#time(primaries),
      ...primaries.map((primary) => this.#complaints(primary)),
    ]);
    return { now, warnings: [...this.#topology.warnings(), ...merge(complaints.flat())] };
  }

  async #time(primaries: readonly RedisNode[]): Promise<number> {
    const up = primaries.filter((primary) => primary.isUp);
    // One that is not connected answers at once with the reason.
    const asked = up.length === 0 ? primaries : up;
    try {
      return await Promise.any(asked.map((primary) => this.#timeOf(primary)));
    } catch (error) {
      const cause = error instanceof AggregateError ? error.errors[0] : error;
      throw new SessionError("store_unavailable", "none", "no Redis primary tells its time", {
        cause,
      });
    }
  }

  async #timeOf(primary: RedisNode): Promise<number> {
    const reply = await primary.send(["TIME"], this.#deadlineMs);
    const [seconds, micros] = Array.isArray(reply) ? reply : [];
    return Number(String(seconds)) * 1_000 + Math.floor(Number(String(micros)) / 1_000);
  }

  async #complaints(primary: RedisNode): Promise<Complaint[]> {
    try {
      const facts = await this.#facts(primary);
      return judgeServer(facts, this.#surroundings).map((text) => ({ server: primary.name, text }));
    } catch {
      return [{ server: primary.name, text: "does not answer: its sessions are out of reach" }];
    }
  }

  async #facts(primary: RedisNode): Promise<ServerFacts> {
    const known = this.#known.get(primary);
    const now = performance.now();
    const isFresh = known !== undefined && now - known.at < FACTS_KNOWN_MS;
    if (isFresh && primary.isUp && primary.settledMs > now - known.at) return known.facts;
    const [info, hasReplicas, ...settings] = await Promise.all([
      this.#ask(primary, ["INFO"]),
      this.#topology.hasReplicas(primary, this.#deadlineMs).catch(() => undefined),
      ...SETTINGS.map((name) => this.#ask(primary, ["CONFIG", "GET", name])),
    ]);
    const facts: ServerFacts = {
      info: info === undefined ? undefined : parseInfo(String(info)),
      hasReplicas,
      settings: settings.some((reply) => reply === undefined)
        ? undefined
        : new Map(SETTINGS.map((name, at) => [name, settingIn(settings[at])])),
    };
    this.#known.set(primary, { facts, at: now });
    return facts;
  }

  /** Absent when the server refuses: the user may not ask that. */
  async #ask(primary: RedisNode, args: readonly string[]): Promise<RedisReply | undefined> {
    try {
      return await primary.send(args, this.#deadlineMs);
    } catch (error) {
      if (error instanceof ErrorReply) return undefined;
      throw error;
    }
  }
}

interface Complaint {
  readonly server: string;
  readonly text: string;
}

/** One sentence for all servers that deserve the same. */
function merge(complaints: readonly Complaint[]): string[] {
  const servers = new Map<string, string[]>();
  for (const { server, text } of complaints) {
    servers.set(text, [...(servers.get(text) ?? []), server]);
  }
  return [...servers].map(([text, names]) => `Redis ${names.join(", ")} ${text}`);
}

/** CONFIG GET answers [name, value]; nothing for a setting that this version does not have. */
function settingIn(reply: RedisReply | undefined): string {
  return Array.isArray(reply) ? String(reply[1] ?? "") : "";
}

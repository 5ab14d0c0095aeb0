import type { AnnounceReply, Announcing } from "../../cache/lease-transport.ts";
import { SessionError } from "../../session/errors.ts";
import type { Telling } from "../../session/store.ts";
import type { RedisArgument, RedisLink, RedisReply, Script } from "./link.ts";
import { listOf } from "./replies.ts";
import { LEASE_SCRIPTS, SCRIPTS, scriptOf } from "./scripts.ts";

/** An announcement that goes along with a change of the same server. */
export class RedisTelling implements Announcing {
  /** The registry, behind the key of the change. */
  readonly key: string;
  /** Before the arguments of the change. */
  readonly args: readonly string[];
  readonly #read: (reply: RedisReply) => AnnounceReply;
  #reply: AnnounceReply | undefined;

  constructor(key: string, args: readonly string[], read: (reply: RedisReply) => AnnounceReply) {
    this.key = key;
    this.args = args;
    this.#read = read;
  }

  get reply(): AnnounceReply | undefined {
    return this.#reply;
  }

  get isTold(): boolean {
    return this.#reply !== undefined;
  }

  /** Takes the announcement's part of what a script of TELLING_SCRIPTS returned; the change's is left. */
  take(reply: RedisReply): RedisReply {
    const [result = null, told = null] = listOf(reply);
    if (told !== null) this.#reply = this.#read(told);
    return result;
  }
}

/** Runs changes of one key, each together with its announcement where there is one and the server can do both. */
export class ToldChanges {
  readonly #link: RedisLink;
  #areApart = false;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async run(
    change: keyof typeof TELLING_SCRIPTS,
    key: string,
    args: readonly RedisArgument[],
    telling: Telling | undefined,
  ): Promise<RedisReply> {
    const alone = () => this.#link.script(SCRIPTS[change], [key], args);
    if (!(telling instanceof RedisTelling) || this.#areApart) return await alone();
    const script = TELLING_SCRIPTS[change];
    try {
      const all = [...telling.args, ...args];
      return telling.take(await this.#link.script(script, [key, telling.key], all));
    } catch (error) {
      if (!isAboutSlots(error)) throw error;
      this.#areApart = true;
      return await alone();
    }
  }
}

/** One node of a Cluster, or a proxy before several, which is used as if it were a single server. */
function isAboutSlots(error: unknown): boolean {
  const cause = error instanceof SessionError ? error.cause : undefined;
  return cause instanceof Error && cause.message.startsWith("CROSSSLOT");
}

/**
 * Changes that are announced in the same step, so that the announcement can neither come before the change nor without it.
 * It is refused alone: then the change stands. Keys: the change's one, the registry. Arguments: of leaseAnnounce, but two
 * texts in place of one, for a change that returned something and one that did not; then the change's. Returns what
 * the change returned, and what leaseAnnounce did or nil when it was refused.
 */
const TELLING_SCRIPTS = { delete: tellingScript(SCRIPTS.delete) } as const;

function tellingScript(change: Script): Script {
  const { leaseAnnounce } = LEASE_SCRIPTS;
  const [flags] = change.source.split("\n", 1);
  return scriptOf(
    `${change.name} and announce`,
    `${flags}
local function change(KEYS, ARGV)
${bodyOf(change)}
end
local function announce(KEYS, ARGV)
${bodyOf(leaseAnnounce)}
end
local process, nonce, channel, done, undone = unpack(ARGV, 1, 5)
local result = change({KEYS[1]}, {unpack(ARGV, 6)})
local isTold, told = pcall(announce, {KEYS[2]}, {process, nonce, channel, result and done or undone})
return {result or false, isTold and told}
`,
  );
}

function bodyOf({ source }: Script): string {
  return source.replace(/^(?:(?:#!|--).*\n)+/, "").trimEnd();
}

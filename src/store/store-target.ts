import { type RedisTarget, parseRedisUrl } from "./redis/redis-url.ts";

/** Where sessions are kept, as the operator named it. */
export type StoreTarget =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "redis"; readonly url: string; readonly redis: RedisTarget };

export type ParsedTarget = { readonly target: StoreTarget } | { readonly mistake: string };

/** Reads the text of SESSION_STORE. The mistake is one sentence that names no user and no password. */
export function parseStoreTarget(text: string): ParsedTarget {
  if (text === "memory:") return { target: { kind: "memory" } };
  const [, path] = /^sqlite:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return sqliteTarget(path);
  if (!/^rediss?[+:]/.test(text)) return { mistake: "is not a store" };
  try {
    return { target: { kind: "redis", url: text, redis: parseRedisUrl(text) } };
  } catch (error) {
    if (error instanceof Error) return { mistake: error.message };
    throw error;
  }
}

/** What other programs understand otherwise is refused, so that sessions are not kept where nobody looks. */
function sqliteTarget(path: string): ParsedTarget {
  if (path === ":memory:") return { mistake: "keeps nothing: write memory:" };
  if (/^\/\/[^/]/.test(path))
    return { mistake: "is not a path: write sqlite:dir/file or sqlite:/dir/file" };
  return { target: { kind: "sqlite", path } };
}

/** What a log line may say of it: no user, no password. */
export function describeTarget(target: StoreTarget): string {
  if (target.kind === "memory") return "memory:";
  if (target.kind === "sqlite") return `sqlite:${target.path}`;
  const { topology, nodes, primaryName, database, isTls } = target.redis;
  const scheme = `redis${isTls ? "s" : ""}${topology === "standalone" ? "" : `+${topology}`}`;
  const hosts = nodes.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  const name = topology === "sentinel" ? `/${primaryName}` : "";
  return `${scheme}://${hosts.join(",")}${name}${database === 0 ? "" : `/${database}`}`;
}

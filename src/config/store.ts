import { type StoreTarget, parseStoreTarget } from "../store/store-target.ts";
import type { SettingReader } from "./setting-reader.ts";

const DEFAULT_STORE: StoreTarget = { kind: "sqlite", path: "data/sessions.db" };
const STORE_FORMS =
  "sqlite:<path>, memory:, redis://…, redis+sentinel://…, redis+cluster://…, rediss://…, rediss+sentinel://…, rediss+cluster://…";

/** SESSION_STORE; else the Redis that one of the REDIS_ settings names; else SQLite. */
export function readStore(reader: SettingReader): StoreTarget {
  const name = reader.isSet("SESSION_STORE") ? "SESSION_STORE" : "REDIS_URL";
  const text = reader.text(name) ?? redisUrlFromParts(reader);
  if (text === undefined) return DEFAULT_STORE;
  const parsed = parseStoreTarget(text);
  if ("mistake" in parsed) reader.refuse(name, parsed.mistake, STORE_FORMS);
  else if (name === "SESSION_STORE" || parsed.target.kind === "redis") return parsed.target;
  else reader.refuse(name, "is not a Redis", "redis://…, or the other forms of SESSION_STORE");
  return DEFAULT_STORE;
}

/** REDIS_HOSTNAME with its companions, or what `docker run --link redis` sets. Undefined: they name no Redis. */
function redisUrlFromParts(reader: SettingReader): string | undefined {
  const portText = reader.text("REDIS_PORT") ?? "";
  const [, linkHost, linkPort] = /^tcp:\/\/([^/:]+):(\d+)$/.exec(portText) ?? [];
  const host = reader.text("REDIS_HOSTNAME") ?? linkHost;
  if (host === undefined) return undefined;
  const port = Number(linkPort ?? portText);
  const database = reader.wholeNumber("REDIS_DB");
  const password = reader.text("REDIS_PASSWORD");
  const isHost = /^[A-Za-z0-9._-]+$/.test(host);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (!isHost) reader.refuse("REDIS_HOSTNAME", "is not a host name", "a name or an IPv4 address");
  if (!isPort) reader.refuse("REDIS_PORT", "is not a port", "1 to 65535, or tcp://host:port");
  if (!isHost || !isPort) return undefined;
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  return `redis://${login}${host}:${port}/${database}`;
}

export type CloseAck = "primary" | "replicated";

export function readCloseAck(reader: SettingReader, store: StoreTarget): CloseAck {
  const hasReplicas = store.kind === "redis" && store.redis.topology !== "standalone";
  return (
    reader.choice("SESSION_CLOSE_ACK", ["primary", "replicated"]) ??
    (hasReplicas ? "replicated" : "primary")
  );
}

export type CacheMode = "exact" | "off";

export function readCacheMode(reader: SettingReader): CacheMode {
  return reader.choice("SESSION_CACHE", ["exact", "off"]) ?? "exact";
}

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
  const target = parseStoreTarget(text);
  if (target && (name === "SESSION_STORE" || target.kind === "redis")) return target;
  reader.refuse(name, "is not a store", STORE_FORMS);
  return DEFAULT_STORE;
}

/** REDIS_HOSTNAME with its companions, or what `docker run --link redis` sets. Undefined: they name no Redis. */
function redisUrlFromParts(reader: SettingReader): string | undefined {
  const portText = reader.text("REDIS_PORT") ?? "";
  const [, linkHost, linkPort] = /^tcp:\/\/([^/:]+):(\d+)$/.exec(portText) ?? [];
  const host = reader.text("REDIS_HOSTNAME") ?? linkHost;
  if (host === undefined) return undefined;
  const port = linkPort ?? portText;
  if (!/^[A-Za-z0-9._-]+$/.test(host))
    reader.refuse("REDIS_HOSTNAME", "is not a host name", "a name or an IPv4 address");
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    reader.refuse("REDIS_PORT", "is not a port", "1 to 65535, or tcp://host:port");
  const password = reader.text("REDIS_PASSWORD");
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  return `redis://${login}${host}:${port}/${reader.wholeNumber("REDIS_DB")}`;
}

export type CloseAck = "primary" | "replicated";

export function readCloseAck(reader: SettingReader, store: StoreTarget): CloseAck {
  const isReplicated = store.kind === "redis" && store.topology !== "standalone";
  return (
    reader.choice("SESSION_CLOSE_ACK", ["primary", "replicated"]) ??
    (isReplicated ? "replicated" : "primary")
  );
}

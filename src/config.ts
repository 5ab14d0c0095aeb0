import { type AccessPlan, readAccess } from "./config/access.ts";
import { parseEncryptionKeys } from "./config/encryption-keys.ts";
import { readListen, readPem } from "./config/listen.ts";
import { type SettingSources, readRawSettings } from "./config/raw-settings.ts";
import { readGateways } from "./config/gateways.ts";
import { readIssuers } from "./config/issuers.ts";
import { readPolicy } from "./config/policy.ts";
import { readTracing } from "./config/tracing.ts";
import { SettingReader } from "./config/setting-reader.ts";
import type { TrustedProxies } from "./http/auth/client-address.ts";
import {
  type CacheMode,
  type CloseAck,
  readCacheMode,
  readCloseAck,
  readStore,
} from "./config/store.ts";
import { readWorkers } from "./config/workers.ts";
import { type VaultConfig, readVault } from "./config/vault.ts";
import type { ListenAddress } from "./http/server.ts";
import { LOG_LEVELS, type LogLevel } from "./log/level.ts";
import type { Policy } from "./session/policy.ts";
import type { StoreTarget } from "./store/store-target.ts";
import type { IssuerSettings } from "./vault/oidc/issuer-settings.ts";
import type { TracingPlan } from "./tracing/tracing.ts";

/** All that can be set, understood and checked. Instants and sizes carry their unit in the name. */
export interface Config {
  readonly listen: ListenAddress;
  /** "" or "/…" without a slash at the end. */
  readonly basePath: string;
  readonly access: AccessPlan;
  readonly store: StoreTarget;
  readonly redisPrefix: string;
  /** A PEM file. */
  readonly redisCaFile?: string;
  readonly storeDeadlineMs: number;
  readonly closeAck: CloseAck;
  readonly cacheMode: CacheMode;
  readonly cacheMegabytes: number;
  readonly policy: Policy;
  readonly maxBodyBytes: number;
  /** Scheme, host and port of where browsers see the service. */
  readonly publicOrigin?: string;
  readonly trustedProxies: TrustedProxies;
  readonly check: { readonly deadlineMs: number; readonly forwardsToken: boolean };
  /** 32 bytes each, the newest first. Absent: what SESSION_ENCRYPTION_KEYS says of each store. */
  readonly encryptionKeys?: readonly Uint8Array[];
  /** How many processes serve the port. */
  readonly workers: number;
  readonly vault: VaultConfig;
  /** Auth servers that sessions' tokens may come from. */
  readonly issuers: readonly IssuerSettings[];
  readonly drainSeconds: number;
  readonly logLevel: LogLevel;
  /** See Log. */
  readonly logSample: number;
  /** Absent: no tracing. */
  readonly tracing?: TracingPlan;
}

export type ConfigOutcome =
  | { readonly config: Config }
  /** One line each: the setting, what is wrong, what is allowed. Never a secret's value. */
  | { readonly mistakes: readonly string[] };

/** Reads all settings and reports all mistakes at once. Reads files that settings name, and changes nothing. */
export function readConfig(sources: SettingSources): ConfigOutcome {
  const raw = readRawSettings(sources);
  const reader = new SettingReader(raw.values);
  const config = buildConfig(reader);
  const mistakes = [...raw.mistakes, ...reader.mistakes];
  return mistakes.length === 0 ? { config: Object.freeze(config) } : { mistakes };
}

function buildConfig(reader: SettingReader): Config {
  const store = readStore(reader);
  const listen = readListen(reader);
  const encryptionKeys = readEncryptionKeys(reader);
  const redisCaFile = readRedisCaFile(reader);
  return {
    listen,
    basePath: readBasePath(reader),
    access: readAccess(reader, listen),
    store,
    redisPrefix: readRedisPrefix(reader),
    ...(redisCaFile === undefined ? {} : { redisCaFile }),
    storeDeadlineMs: reader.wholeNumber("SESSION_STORE_DEADLINE_MS"),
    closeAck: readCloseAck(reader, store),
    cacheMode: readCacheMode(reader),
    cacheMegabytes: reader.wholeNumber("SESSION_CACHE_MB"),
    policy: readPolicy(reader),
    maxBodyBytes: reader.wholeNumber("SESSION_MAX_BODY_BYTES"),
    ...readGateways(reader),
    ...(encryptionKeys ? { encryptionKeys } : {}),
    workers: readWorkers(reader, { store, listen }),
    vault: readVault(reader),
    issuers: readIssuers(reader),
    drainSeconds: reader.wholeNumber("SESSION_DRAIN_SEC"),
    logLevel: reader.choice("SESSION_LOG_LEVEL", LOG_LEVELS) ?? "info",
    logSample: reader.wholeNumber("SESSION_LOG_SAMPLE"),
    ...readTracing(reader),
  };
}

function readBasePath(reader: SettingReader): string {
  const text = reader.text("SESSION_BASE_PATH") ?? "";
  if (!/^\/([\w.~-]+(\/[\w.~-]+)*)?$/.test(text) || /(^|\/)\.\.?(\/|$)/.test(text))
    reader.refuse("SESSION_BASE_PATH", "is not a path", "/ or /name or /name/name");
  return text === "/" ? "" : text;
}

function readRedisPrefix(reader: SettingReader): string {
  const prefix = reader.text("SESSION_REDIS_PREFIX") ?? "";
  if (!/^[A-Za-z0-9._-]{1,32}$/.test(prefix))
    reader.refuse("SESSION_REDIS_PREFIX", "is not a prefix", "1 to 32 of letters, digits, . _ -");
  return prefix;
}

function readRedisCaFile(reader: SettingReader): string | undefined {
  return readPem(reader, "SESSION_REDIS_CA_FILE") && reader.text("SESSION_REDIS_CA_FILE");
}

function readEncryptionKeys(reader: SettingReader): readonly Uint8Array[] | undefined {
  const text = reader.text("SESSION_ENCRYPTION_KEYS");
  if (text === undefined) return undefined;
  const parsed = parseEncryptionKeys(text);
  if ("keys" in parsed) return parsed.keys;
  reader.refuse(
    "SESSION_ENCRYPTION_KEYS",
    parsed.mistake,
    "keys of `sessionsrv keys new --encryption`, separated by commas",
  );
  return undefined;
}

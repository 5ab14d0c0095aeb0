import type { Command } from "commander";
import type { Config } from "../../config.ts";
import { parseEncryptionKeys } from "../../config/encryption-keys.ts";
import { StoreClock } from "../../session/clock.ts";
import { SessionError } from "../../session/errors.ts";
import type { SessionStore } from "../../session/store.ts";
import { openScan } from "../../store/open-scan.ts";
import { openStore } from "../../store/open-store.ts";
import type { SessionScan } from "../../store/session-scan.ts";
import { type StoreTarget, describeTarget, parseStoreTarget } from "../../store/store-target.ts";
import type { CliParts } from "../cli-parts.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure, Mistake } from "../failure.ts";
import { readSecret } from "../secret-input.ts";
import { variableOf } from "../variables.ts";

/** A store that a command works on, and all it takes to open it. */
export interface StoreSide {
  readonly target: StoreTarget;
  /** Without user and password. */
  readonly name: string;
  readonly redisPrefix: string;
  readonly encryptionKeys: readonly Uint8Array[];
  /** What a store that was opened has told of itself so far, such as why it cannot connect. No secret is in it. */
  readonly told: string[];
}

/** What an option of a store is called: "store", "from" or "to". */
export type SideName = "store" | "from" | "to";

const VARIABLE_OF = { from: "SESSIONSRV_FROM", to: "SESSIONSRV_TO" } as const;

const FORM = "sqlite:<path>, redis://host[:port][/db], redis+sentinel://…, redis+cluster://…";

/** Adds --<name> and its companions. */
export function withStore(command: Command, name: SideName, what: string): Command {
  const variable = name === "store" ? "" : `, or ${VARIABLE_OF[name]}`;
  return command
    .option(`--${name} <store>`, `${what}: ${FORM}${variable}`)
    .option(
      `--${name}-file <file>`,
      "file with the same, for a URL with a password; - for standard input",
    )
    .option(`--${name}-prefix <prefix>`, "what its Redis keys start with (SESSION_REDIS_PREFIX)")
    .option(
      `--${name}-keys-file <file>`,
      "file with its encryption keys (SESSION_ENCRYPTION_KEYS); a SQLite key file is found by itself",
    );
}

/** The options of withStore as commander gives them. */
export type StoreOptions = Readonly<Record<string, unknown>>;

/**
 * The store that the options name. For "store": else that of the settings. Throws a Mistake when none is named, or it is
 * no store, or one inside a process.
 */
export async function storeSide(
  name: SideName,
  options: StoreOptions,
  config: Config,
  parts: CliParts,
): Promise<StoreSide> {
  const target =
    (await namedTarget(name, options, parts)) ?? (name === "store" ? config.store : undefined);
  if (target === undefined) throw new Mistake(`--${name} is missing: ${FORM}`);
  if (target.kind === "memory")
    throw new Mistake(`--${name}: memory: is inside a running service, and ends with it`);
  const prefix = textOf(options[`${name}Prefix`]) ?? config.redisPrefix;
  if (!/^[A-Za-z0-9._-]{1,32}$/.test(prefix))
    throw new Mistake(`--${name}-prefix: 1 to 32 of letters, digits, . _ -`);
  const keys = await namedKeys(name, options, parts);
  return {
    target,
    name: describeTarget(target),
    redisPrefix: prefix,
    encryptionKeys: keys ?? config.encryptionKeys ?? [],
    told: [],
  };
}

/** Enough for each server of a cluster. */
const MOST_TOLD = 20;

/** Longer than a service would wait: nobody's request hangs on it. */
const DEADLINE_MS = 5000;

/** Opens it for reading. Throws a Failure when it does not answer. */
export async function scanOf(
  side: StoreSide,
  config: Config,
  isSnapshot = false,
): Promise<SessionScan> {
  const scan = await openScan(side.target, { ...commonOptions(side, config), isSnapshot });
  try {
    await answered(scan.estimate(), side);
    return scan;
  } catch (error) {
    await scan.close();
    throw error;
  }
}

/** Opens it for changes; SQLite throws, in one clear line, when a service uses it. */
export async function storeOf(
  side: StoreSide,
  config: Config,
  { now, randomBytes }: CliParts,
): Promise<SessionStore> {
  const { store } = await openStore(side.target, {
    ...commonOptions(side, config),
    closeAck: config.closeAck,
    machine: now,
    clock: new StoreClock(now),
    onLateClose: () => {},
    randomBytes,
    observe: () => {},
  });
  return store;
}

/** Throws a Failure when the store does not answer: before anything is read or written. */
export async function assertAnswers(store: SessionStore, side: StoreSide): Promise<void> {
  await answered(store.ping(), side);
}

async function answered(asking: Promise<unknown>, side: StoreSide): Promise<void> {
  try {
    await asking;
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== "store_unavailable") throw error;
    const why = `${side.name} does not answer (${reasonOf(error, side)})`;
    throw new Failure(EXIT.unavailable, why);
  }
}

const MOST_REASONS = 3;

/** With what the servers themselves said, such as NOAUTH. Without it: what was told of the connections to them. */
export function reasonOf(
  { message, cause }: SessionError,
  { told }: Pick<StoreSide, "told">,
): string {
  if (cause instanceof Error && cause.message !== "") return `${message}: ${cause.message}`;
  const reasons = [...new Set(told)].slice(0, MOST_REASONS).join("; ");
  return [message, ...(reasons === "" ? [] : [reasons])].join(": ");
}

function commonOptions({ redisPrefix, encryptionKeys, told }: StoreSide, { redisCaFile }: Config) {
  const ca = redisCaFile === undefined ? {} : { redisCaFile };
  const onEvent = (message: string) => {
    if (told.length < MOST_TOLD) told.push(message.replace(/; trying again$/, ""));
  };
  return { redisPrefix, encryptionKeys, deadlineMs: DEADLINE_MS, onEvent, ...ca };
}

async function namedTarget(
  name: SideName,
  options: StoreOptions,
  parts: CliParts,
): Promise<StoreTarget | undefined> {
  const file = textOf(options[`${name}File`]);
  const direct = textOf(options[name]);
  if (file !== undefined && direct !== undefined)
    throw new Mistake(`--${name} and --${name}-file: one of the two`);
  const fromEnvironment = name === "store" ? undefined : variableOf(parts, VARIABLE_OF[name]);
  const text = direct ?? (await readSecret(file, `--${name}-file`, parts)) ?? fromEnvironment;
  if (text === undefined) return undefined;
  const parsed = parseStoreTarget(text);
  if ("mistake" in parsed) throw new Mistake(`--${name}: ${parsed.mistake}; write ${FORM}`);
  return parsed.target;
}

async function namedKeys(
  name: SideName,
  options: StoreOptions,
  parts: CliParts,
): Promise<readonly Uint8Array[] | undefined> {
  const option = `--${name}-keys-file`;
  const text = await readSecret(textOf(options[`${name}KeysFile`]), option, parts);
  if (text === undefined) return undefined;
  const parsed = parseEncryptionKeys(text);
  if ("mistake" in parsed) throw new Mistake(`${option}: ${parsed.mistake}`);
  return parsed.keys;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

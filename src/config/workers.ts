import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ListenAddress } from "../http/server.ts";
import type { StoreTarget } from "../store/store-target.ts";
import type { SettingReader } from "./setting-reader.ts";

const MOST = 256;

/** How many processes serve the port. */
export function readWorkers(
  reader: SettingReader,
  { store, listen }: { readonly store: StoreTarget; readonly listen: ListenAddress },
): number {
  const text = reader.text("SESSION_WORKERS") ?? "";
  const whyOne = whyOnlyOne(store, listen);
  if (text === "auto") return whyOne === undefined ? processors() : 1;
  const count = Number(text);
  if (!/^\d{1,3}$/.test(text) || count < 1 || count > MOST)
    reader.refuse("SESSION_WORKERS", "is not such a number", `auto, or 1 to ${MOST}`);
  else if (count > 1 && whyOne !== undefined)
    reader.refuse("SESSION_WORKERS", "is too many", `1 or auto: ${whyOne}`);
  return count;
}

function whyOnlyOne(store: StoreTarget, listen: ListenAddress): string | undefined {
  if (store.kind === "sqlite") return "a SQLite database serves one process, Redis serves many";
  if (store.kind === "memory") return "memory: is the memory of one process, Redis serves many";
  if (listen.kind === "socket") return "a unix socket belongs to one process, a port to many";
  return undefined;
}

/** How many this process may keep busy: those of the machine, or fewer where a container has a limit. */
function processors(): number {
  const allowed = Math.ceil(processorsOf(readQuota()));
  return Math.max(1, Math.min(availableParallelism(), allowed, MOST));
}

function readQuota(): string {
  try {
    return readFileSync("/sys/fs/cgroup/cpu.max", "utf8");
  } catch {
    return "max";
  }
}

/** What a control group's cpu.max ("quota period", both in microseconds, or "max period") comes to in processors. */
export function processorsOf(cpuMax: string): number {
  const [quota, period] = cpuMax.trim().split(" ").map(Number);
  return quota && period ? quota / period : Number.POSITIVE_INFINITY;
}

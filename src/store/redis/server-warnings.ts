import { connectedReplicas } from "./server-info.ts";

/** What a primary told about itself. Absent parts could not be asked. */
export interface ServerFacts {
  readonly info: ReadonlyMap<string, string> | undefined;
  readonly settings: ReadonlyMap<string, string> | undefined;
  readonly hasReplicas: boolean | undefined;
}

export interface Surroundings {
  readonly topology: "standalone" | "sentinel" | "cluster";
  readonly closeAck: "primary" | "replicated";
}

/**
 * What about this server could lose sessions or closes, each with its mend, worded to follow "Redis <server> ".
 * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence and …/replication
 */
export function judgeServer(facts: ServerFacts, surroundings: Surroundings): string[] {
  const { info, settings } = facts;
  return [
    ...(info === undefined
      ? ["does not let this user check its state: allow the user +info"]
      : [
          ...judgeVersion(info),
          ...judgeRole(info),
          ...judgeMemory(info),
          ...judgeReplicas(facts, surroundings),
          ...judgePersistence(info),
        ]),
    ...(settings === undefined
      ? [
          "does not let this user check its settings: allow the user +config|get, or see to appendfsync, save, stop-writes-on-bgsave-error and min-replicas-to-write by hand",
        ]
      : judgeSettings(settings, info, surroundings)),
  ];
}

function judgeVersion(info: ReadonlyMap<string, string>): string[] {
  const version = info.get("redis_version") ?? "0";
  if (Number(version.split(".", 1)[0]) >= 7) return [];
  return [`has version ${version}, too old for the service's scripts: upgrade it to 7.0 or newer`];
}

function judgeRole(info: ReadonlyMap<string, string>): string[] {
  if (info.get("role") !== "slave") return [];
  return ["is a replica and refuses every write: name the primary in SESSION_STORE"];
}

function judgeMemory(info: ReadonlyMap<string, string>): string[] {
  const policy = info.get("maxmemory_policy") ?? "noeviction";
  if (policy === "noeviction") return [];
  const when = info.get("maxmemory") === "0" ? "once it has a maxmemory" : "when memory is short";
  return [
    `throws live sessions away ${when} (maxmemory-policy ${policy}): set maxmemory-policy noeviction`,
  ];
}

function judgePersistence(info: ReadonlyMap<string, string>): string[] {
  if (info.get("aof_enabled") === "1") return [];
  return [
    "keeps no append-only file, so sessions and closes may be lost when it stops: set appendonly yes",
  ];
}

function judgeReplicas(facts: ServerFacts, surroundings: Surroundings): string[] {
  const { info, hasReplicas } = facts;
  const isReplicatedSetUp =
    surroundings.topology !== "standalone" || surroundings.closeAck === "replicated";
  const online = connectedReplicas(info ?? new Map());
  if (!isReplicatedSetUp || online > 0) return [];
  if (hasReplicas === true) {
    return surroundings.closeAck === "replicated"
      ? ["has lost its replicas, so no close can be confirmed: bring one back"]
      : ["has lost its replicas, so nothing can take over from it: bring one back"];
  }
  return surroundings.closeAck === "replicated"
    ? ["has no replica, so closes are acknowledged by it alone: add a replica"]
    : ["has no replica, so nothing can take over from it: add a replica"];
}

function judgeSettings(
  settings: ReadonlyMap<string, string>,
  info: ReadonlyMap<string, string> | undefined,
  surroundings: Surroundings,
): string[] {
  const found: string[] = [];
  if (info?.get("aof_enabled") === "1" && settings.get("appendfsync") === "no") {
    found.push(
      "leaves it to the operating system when to write its append-only file: set appendfsync everysec or always",
    );
  }
  if (settings.get("save") !== "" && settings.get("stop-writes-on-bgsave-error") === "yes") {
    found.push(
      'refuses every close after one failed snapshot: set stop-writes-on-bgsave-error no, or save ""',
    );
  }
  if (surroundings.topology === "sentinel" && settings.get("min-replicas-to-write") === "0") {
    found.push(
      "goes on taking writes when cut off from its replicas, and a failover loses them: set min-replicas-to-write 1",
    );
  }
  return found;
}

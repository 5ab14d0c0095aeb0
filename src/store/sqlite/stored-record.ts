import type { SessionId } from "../../session/id.ts";
import type { StoredRecord } from "./session-table.ts";
import type { SessionRow } from "./statements.ts";

/** `row` is of a session or of a revocation. */
export function recordOf(id: SessionId, row: SessionRow): StoredRecord {
  const { deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds } = row;
  const head = { id, deviceId, version, createdAt, lastUsedAt, expiresAt, idleSeconds };
  const flags = { ...loginNeed(row.needsLogin), isRevocable: row.isRevocable === 1 };
  return { head: { ...head, ...flags }, userId: row.userId, body: row.body };
}

export function loginNeed(column: number): { readonly needsLogin?: true } {
  return column === 1 ? { needsLogin: true } : {};
}

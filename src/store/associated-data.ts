import type { Session } from "../session/session.ts";

type Named = Pick<
  Session,
  "id" | "version" | "deviceId" | "createdAt" | "expiresAt" | "idleSeconds" | "needsLogin"
>;

/**
 * What the box of a record is bound to: the head without lastUsedAt, and the clear fields, those of `bytes` from `start`
 * to `end`. In memory that is used again: to be read before the next call.
 */
export function associatedData(
  head: Named,
  isToRevoke: boolean,
  bytes: Buffer,
  start: number,
  end: number,
): Uint8Array {
  const { id, version, deviceId, createdAt, expiresAt, idleSeconds } = head;
  const flags = (head.needsLogin ? ',"needs"' : "") + (isToRevoke ? ',"revoke"' : "");
  const times = `${createdAt},${expiresAt},${idleSeconds}`;
  const named = `["${id}",${quoted(version)},${quoted(deviceId)},${times}${flags}]`;
  const longest = named.length * 3 + end - start;
  if (memory.length < longest) memory = Buffer.allocUnsafeSlow(2 * longest);
  const clearAt = memory.write(named);
  bytes.copy(memory, clearAt, start, end);
  return memory.subarray(0, clearAt + end - start);
}

let memory = Buffer.allocUnsafeSlow(2048);

/** As JSON, which takes longer for a text that needs nothing but quotes. */
function quoted(text: string): string {
  return /^[\w.:-]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

import type { KeyRing } from "../../seal/key-ring.ts";
import { SessionError } from "../../session/errors.ts";
import type { Session } from "../../session/session.ts";
import { decodeBody } from "../record.ts";
import type { StoredRecord } from "./session-table.ts";

/** Throws SessionError "record_unreadable", also when the record stands under another user than its own. */
export function openRecord({ head, userId, body }: StoredRecord, keyRing: KeyRing): Session {
  const session = decodeBody(head, body, keyRing);
  if (session.userId === userId) return session;
  const text = `session ${head.id} is listed under another user than its own`;
  throw new SessionError("record_unreadable", "none", text);
}

import type { Actor } from "../session/audit.ts";
import type { Caller } from "./auth/caller.ts";
import type { Call } from "./call.ts";

/** Who is behind a change, for the audit log. */
export function actorOf(call: Call, caller: Caller): Actor {
  return { caller: caller.name, requestId: call.requestId };
}

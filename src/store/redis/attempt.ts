import type { ErrorReply } from "@redis/client";
import { SessionError } from "../../session/errors.ts";
import type { RedisArgument, Script } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import { describeErrorReply, type Refusal } from "./reply-errors.ts";

/** A call under way: what to send, until when, and what was learned on the way. */
export interface Attempt {
  readonly name: string;
  readonly key: RedisArgument;
  readonly isRead: boolean;
  readonly endsAt: number;
  /** Its source is sent instead when the server does not know it. */
  readonly script?: Script;
  args: readonly RedisArgument[];
  /** A slot on the move: ask this node, this once. */
  askAt?: RedisNode | undefined;
  /** How often the picture had changed when this try began. */
  changes: number;
  tries: number;
}

/** What the caller gets when the node refused the call and it is not tried again. */
export function refusalFault(
  attempt: Attempt,
  node: RedisNode,
  refusal: Refusal,
  error: ErrorReply,
): SessionError {
  const text = describeErrorReply(error.message);
  return new SessionError(
    refusal.kind === "full" ? "store_full" : "store_unavailable",
    refusal.kind === "failed" && !attempt.isRead ? "unknown" : "none",
    `Redis ${node.name} refused ${attempt.name}: ${text}`,
    { cause: new Error(text) },
  );
}

import type { Action, DevicesView, Notice, SignedOutReason } from "./model.ts";

/** The page's addresses below the base path, and what their queries mean. Nothing in them is secret. */
export function devicesPath(basePath: string): string {
  return `${basePath}/devices`;
}

/** Where an action is posted, as a form with `session_id` when it closes one session. */
export function actionPath(basePath: string, action: Action): string {
  return `${devicesPath(basePath)}/${action.kind}`;
}

/** Where a browser is sent after an action that leaves it signed in: the list, with what was done. */
export function noticePath(basePath: string, notice: Notice): string {
  const query = new URLSearchParams({ done: notice.kind });
  if (notice.kind === "closed-others") query.set("closed", String(notice.closed));
  return `${devicesPath(basePath)}?${query.toString()}`;
}

/** Where a browser is sent after an action that signed it out. */
export function signedOutPath(basePath: string, reason: SignedOutReason): string {
  return `${devicesPath(basePath)}?done=${reason}`;
}

/** The result that a query speaks of; undefined when it speaks of none, or of one that this page does not know. */
export function readNotice(query: URLSearchParams): Notice | undefined {
  const kind = query.get("done");
  if (kind === "closed" || kind === "gone") return { kind };
  const closed = query.get("closed") ?? "";
  if (kind === "closed-others" && /^\d{1,6}$/.test(closed)) return { kind, closed: Number(closed) };
  return undefined;
}

/** Why somebody without a session sees no devices, as far as the query says. */
export function readSignedOutReason(query: URLSearchParams): SignedOutReason {
  const done = query.get("done");
  return done === "signed-out" || done === "closed-all" ? done : "no-session";
}

/** The action that a query wants confirmed. "gone" when it names a session that is not on the list. */
export function readConfirmation(
  query: URLSearchParams,
  view: DevicesView,
): Action | "gone" | undefined {
  const kind = query.get("confirm");
  if (kind === "close-others" || kind === "close-all") return { kind };
  if (kind !== "close") return undefined;
  const session_id = query.get("session_id")?.toLowerCase() ?? "";
  const isListed = view.sessions.some((device) => device.session_id === session_id);
  return isListed ? { kind, session_id } : "gone";
}

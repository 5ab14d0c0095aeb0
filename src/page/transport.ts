import { actionPath, devicesPath } from "./links.ts";
import type { Action, ActionAnswer, DevicesView } from "./model.ts";
import type { ActionOutcome, ListOutcome } from "./page-state.ts";

const DEADLINE_MS = 15_000;

/** Reads the list again. Never throws: what goes wrong is an event too. */
export async function readList(basePath: string): Promise<ListOutcome> {
  const response = await send(devicesPath(basePath), { method: "GET" });
  if (isSignedOut(response)) return { kind: "signed-out" };
  const view = await json<DevicesView>(response);
  return view === undefined ? { kind: "list-failed" } : { kind: "listed", view };
}

/** Does what was asked. Never throws. After "failed" it may or may not have happened. */
export async function perform(basePath: string, action: Action): Promise<ActionOutcome> {
  const body = new URLSearchParams(
    action.kind === "close" ? { session_id: action.session_id } : {},
  );
  const response = await send(actionPath(basePath, action), { method: "POST", body });
  if (isSignedOut(response)) return { kind: "signed-out" };
  const answer = await json<ActionAnswer>(response);
  if (answer !== undefined) return { kind: "done", action, answer };
  return { kind: "failed", reason: reasonOf(response) };
}

async function send(path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(path, {
      ...init,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      // A gateway answers a request without a session by sending the browser to its log-in page.
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
  } catch {
    return undefined;
  }
}

function isSignedOut(response: Response | undefined): boolean {
  return response?.status === 401 || response?.type === "opaqueredirect";
}

async function json<T>(response: Response | undefined): Promise<T | undefined> {
  if (response?.ok !== true) return undefined;
  try {
    return (await response.json()) as T;
  } catch {
    return undefined;
  }
}

function reasonOf(response: Response | undefined): string {
  if (response?.status === 429) return "Too many attempts. Wait a minute, then try again.";
  if (response?.status === 403) return "This was refused. Reload the page, then try again.";
  if (response === undefined || response.status >= 500)
    return "No answer came, so it is not certain whether this was done. Check your connection, then try again.";
  return "This did not work. Reload the page, then try again.";
}

import { z } from "zod";
import { noticePath, signedOutPath } from "../../page/links.ts";
import type { Action, ActionAnswer, Notice } from "../../page/model.ts";
import { SessionError } from "../../session/errors.ts";
import { type SessionId, parseSessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import { actorOf } from "../actor.ts";
import type { UserCaller } from "../auth/caller.ts";
import { mayReach } from "../auth/ownership.ts";
import { signOutHeaders } from "../auth/sign-out.ts";
import type { Call } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";
import { readForm } from "../form.ts";
import { type DevicesParts, devicesView } from "./devices-view.ts";
import { scriptAnswer, seeOther, wantsJson } from "./page-answer.ts";
import { pageRefusal } from "./page-refusal.ts";
import { signedIn } from "./signed-in.ts";

type Kind = Action["kind"];

/** What was closed, and whether the caller's own session is. */
interface Closed {
  readonly kind: Kind;
  readonly count: number;
  readonly signsOut: boolean;
}

const FORM_LIMIT = { maxBytes: 1024 };
const OneSession = z.strictObject({ session_id: z.string() });
const NoFields = z.strictObject({});

/**
 * POST /devices/close: one session of the caller, as a form with `session_id`. What is not there (closed already,
 * somebody else's, no id at all) leaves 0 closed and is no error.
 */
export function closeDevice(parts: DevicesParts): Endpoint {
  const refuse = pageRefusal(parts.basePath);
  return {
    refuse,
    run: async (call, caller) => {
      const form = await readForm(call.request, { ...FORM_LIMIT, schema: OneSession });
      if (!form.ok) return refuse(call, form.refusal);
      const user = signedIn(caller);
      const id = parseSessionId(form.value.session_id);
      const count = id && (await closeOwn(parts.manager, call, user, id)) ? 1 : 0;
      const signsOut = id === user.session.id;
      return answer(parts, call, user, { kind: "close", count, signsOut });
    },
  };
}

/** POST /devices/close-others and /devices/close-all. */
export function closeDevices(parts: DevicesParts, kind: Exclude<Kind, "close">): Endpoint {
  const refuse = pageRefusal(parts.basePath);
  return {
    refuse,
    run: async (call, caller) => {
      const form = await readForm(call.request, { ...FORM_LIMIT, schema: NoFields });
      if (!form.ok) return refuse(call, form.refusal);
      const user = signedIn(caller);
      const signsOut = kind === "close-all";
      const { userId, id } = user.session;
      const exceptId = signsOut ? undefined : id;
      const count = await parts.manager.closeAll(userId, exceptId, actorOf(call, user));
      return answer(parts, call, user, { kind, count, signsOut });
    },
  };
}

async function closeOwn(
  manager: SessionManager,
  call: Call,
  user: UserCaller,
  id: SessionId,
): Promise<boolean> {
  return (await mayReach(manager, user, id)) && (await manager.close(id, actorOf(call, user)));
}

/** The page's script gets the result, a form's browser is sent to the page that tells it. */
async function answer(
  parts: DevicesParts,
  call: Call,
  user: UserCaller,
  closed: Closed,
): Promise<Response> {
  const headers = closed.signsOut ? signOutHeaders(user, user.session.id) : {};
  if (!wantsJson(call.request)) return seeOther(call, resultPath(parts.basePath, closed), headers);
  const result: ActionAnswer = {
    closed: closed.count,
    ...(closed.signsOut ? {} : { list: await listAfter(parts, user) }),
  };
  return scriptAnswer(call, result, headers);
}

function resultPath(basePath: string, { kind, count, signsOut }: Closed): string {
  if (signsOut) return signedOutPath(basePath, kind === "close-all" ? "closed-all" : "signed-out");
  return noticePath(basePath, noticeOf(kind, count));
}

function noticeOf(kind: Kind, count: number): Notice {
  if (kind !== "close") return { kind: "closed-others", closed: count };
  return { kind: count === 0 ? "gone" : "closed" };
}

/** A failure to read the list must not be told as "nothing was changed". */
async function listAfter(parts: DevicesParts, user: UserCaller) {
  try {
    return await devicesView(parts, user);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    throw new SessionError(error.code, "unknown", error.message, { cause: error });
  }
}

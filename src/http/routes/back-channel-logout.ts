import type { BackChannelLogout, LogoutOutcome } from "../../vault/logout/back-channel-logout.ts";
import { LogoutForm, LogoutRefusal } from "../../wire/logout.ts";
import { NoQuery } from "../../wire/session-requests.ts";
import type { Call } from "../call.ts";
import { FORM_TYPE, readForm } from "../form.ts";
import type { Operation } from "../operation.ts";
import { type Refusal, refuse } from "../problem.ts";
import { json, text } from "../reply.ts";

export type LogoutSource = Pick<BackChannelLogout, "logOut">;

/** A logout token, and what else an auth server may send beside it. */
const MAX_BYTES = 32 * 1024;

/**
 * POST /backchannel-logout: an auth server says that a login is over. Needs no credential: the token is one. Answered as
 * OpenID Connect Back-Channel Logout 1.0 section 2.8 says: 200 when all is done, else 400, also when the store failed.
 */
export function backChannelLogout(source: LogoutSource): Operation {
  return {
    operationId: "backChannelLogout",
    summary: "Close what an auth server says is over",
    description:
      "For auth servers (OpenID Connect Back-Channel Logout 1.0). A token with `sid` closes the sessions of that login, one with `sub` alone all that the user has from that auth server.",
    query: NoQuery,
    body: { schema: LogoutForm, mediaTypes: [FORM_TYPE] },
    answers: [
      { status: 200, description: "All of its sessions are closed.", mediaType: "text/plain" },
      { status: 400, description: "Nothing, or not all, was done.", schema: LogoutRefusal },
    ],
    refuse: refuseLogout,
    run: async (call) => {
      const form = await readForm(call.request, { maxBytes: MAX_BYTES, schema: LogoutForm });
      if (!form.ok) return refuseLogout(call, form.refusal);
      const actor = { caller: "auth server", requestId: call.requestId };
      const outcome = await source.logOut(form.value.logout_token, actor);
      if (outcome.outcome === "logged_out") return text(call, "text/plain", "");
      return refuseLogout(call, refusalOf(outcome));
    },
  };
}

function refusalOf(outcome: Exclude<LogoutOutcome, { outcome: "logged_out" }>): Refusal {
  if (outcome.outcome === "refused")
    return { code: "invalid_request", detail: `The logout token is refused: ${outcome.reason}.` };
  const detail = "The keys of the auth server cannot be had now. Nothing was done.";
  return { code: "auth_server_unavailable", detail };
}

/** Only what nobody foresaw is answered as everywhere else. */
function refuseLogout(call: Call, refusal: Refusal): Response {
  if (refusal.code === "internal") return refuse(call, refusal);
  call.code = refusal.code;
  const isLater = refusal.outcome !== undefined || refusal.code === "auth_server_unavailable";
  const body: LogoutRefusal = {
    error: isLater ? "temporarily_unavailable" : "invalid_request",
    error_description: refusal.detail,
  };
  return json(call, 400, body);
}

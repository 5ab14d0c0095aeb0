import { renderMessage, renderSignedOut } from "../../page/document.tsx";
import { readSignedOutReason } from "../../page/links.ts";
import type { ProblemCode } from "../../wire/problem.ts";
import type { Call } from "../call.ts";
import { type Refusal, refuse } from "../problem.ts";
import { html, wantsJson } from "./page-answer.ts";

/** Refuses on the devices page: to its script as a problem document, to people in their words. */
export function pageRefusal(basePath: string): (call: Call, refusal: Refusal) => Response {
  return (call, refusal) => {
    const problem = refuse(call, refusal);
    if (wantsJson(call.request)) {
      problem.headers.set("vary", "Accept, Cookie, Authorization");
      return problem;
    }
    const document = documentFor(basePath, call, refusal);
    return html(call, problem.status, document, problem.headers);
  };
}

function documentFor(basePath: string, call: Call, refusal: Refusal): string {
  if (refusal.code === "unauthenticated") {
    const { searchParams } = new URL(call.request.url);
    return renderSignedOut(basePath, readSignedOutReason(searchParams));
  }
  return renderMessage({ basePath, ...messageFor(refusal) });
}

interface Message {
  readonly title: string;
  readonly body: string;
}

function messageFor({ code, outcome }: Refusal): Message {
  if (code === "store_unavailable" && outcome !== "none") return UNCERTAIN;
  return MESSAGES[code] ?? NOT_UNDERSTOOD;
}

const UNAVAILABLE: Message = {
  title: "Not available right now",
  body: "Nothing was changed. Try again in a moment.",
};

const UNCERTAIN: Message = {
  title: "Not available right now",
  body: "It is not certain whether this was done. Look at your devices again in a moment.",
};

const NOT_UNDERSTOOD: Message = {
  title: "This did not work",
  body: "Nothing was changed. Open your devices again and try there.",
};

const MESSAGES: Partial<Readonly<Record<ProblemCode, Message>>> = {
  store_unavailable: UNAVAILABLE,
  store_full: UNAVAILABLE,
  cross_site: {
    title: "This was refused",
    body: "Nothing was changed, because it was not asked for on this page. Open your devices again and try there.",
  },
  rate_limited: {
    title: "Too many attempts",
    body: "Wait a minute, then try again.",
  },
  internal: {
    title: "Something went wrong",
    body: "It is not certain whether this was done. Look at your devices again in a moment.",
  },
};

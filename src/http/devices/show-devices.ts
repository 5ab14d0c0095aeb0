import { renderConfirmation, renderDevices } from "../../page/document.tsx";
import { readConfirmation, readNotice } from "../../page/links.ts";
import type { DevicesView } from "../../page/model.ts";
import type { Endpoint } from "../endpoint.ts";
import { type DevicesParts, devicesView } from "./devices-view.ts";
import { html, scriptAnswer, wantsJson } from "./page-answer.ts";
import { pageRefusal } from "./page-refusal.ts";
import { signedIn } from "./signed-in.ts";

/** GET /devices: the list, or the question before an action; for the page's script the list as JSON. */
export function showDevices(parts: DevicesParts): Endpoint {
  return {
    refuse: pageRefusal(parts.basePath),
    run: async (call, caller) => {
      const view = await devicesView(parts, signedIn(caller));
      if (wantsJson(call.request)) return scriptAnswer(call, view);
      return html(call, 200, documentOf(view, new URL(call.request.url).searchParams));
    },
  };
}

/** What the query does not know is no reason to refuse: people come here by links, and links grow parameters. */
function documentOf(view: DevicesView, query: URLSearchParams): string {
  const action = readConfirmation(query, view);
  if (typeof action === "object") return renderConfirmation(view, action);
  const notice = action === "gone" ? { kind: action } : readNotice(query);
  return renderDevices(notice === undefined ? view : { ...view, notice });
}

/** @jsxImportSource preact */
import { hydrate } from "preact";
import { devicesPath } from "./links.ts";
import { LivePage } from "./live-page.tsx";
import type { DevicesView } from "./model.ts";

const root = document.getElementById("live");
const written = root?.dataset["view"];
if (root !== null && written !== undefined) {
  const view = JSON.parse(written) as DevicesView;
  hydrate(<LivePage view={view} />, root);
  // The result is on the page now. A reload must not say it again.
  if (location.search !== "") history.replaceState(null, "", devicesPath(view.base_path));
}

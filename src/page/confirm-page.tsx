/** @jsxImportSource preact */
import { DeviceFacts } from "./device-card.tsx";
import { actionPath, devicesPath } from "./links.ts";
import type { Action, DevicesView } from "./model.ts";
import { deviceOf, questionFor } from "./question.tsx";

/** Asks before an action, for browsers that run no script. */
export function ConfirmPage({
  action,
  view,
}: {
  readonly action: Action;
  readonly view: DevicesView;
}) {
  const question = questionFor(action, view);
  const device = deviceOf(action, view);
  return (
    <main class="message">
      <h1>{question.title}</h1>
      <p>{question.body}</p>
      {device && <DeviceFacts device={device} view={view} isLive={false} />}
      <form class="choices" method="post" action={actionPath(view.base_path, action)}>
        {action.kind === "close" && (
          <input type="hidden" name="session_id" value={action.session_id} />
        )}
        <a class="plain" href={devicesPath(view.base_path)}>
          Cancel
        </a>
        <button class="danger">{question.verb}</button>
      </form>
    </main>
  );
}

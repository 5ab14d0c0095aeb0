/** @jsxImportSource preact */
import { useEffect, useRef } from "preact/hooks";
import { DeviceFacts } from "./device-card.tsx";
import { deviceOf, questionFor } from "./question.tsx";
import type { DevicesPage } from "./use-devices.ts";
import type { Action } from "./model.ts";

/**
 * Asks before an action. The focus starts on Cancel, so that a key pressed too often changes nothing; it goes back to
 * where it came from when the dialog is dismissed, which the browser does.
 */
export function ConfirmDialog({
  page,
  action,
}: {
  readonly page: DevicesPage;
  readonly action: Action;
}) {
  const { view, isSending, failure, isLive } = page.state;
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    cancel.current?.focus();
  }, []);
  const question = questionFor(action, view);
  const device = deviceOf(action, view);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="question"
      aria-describedby="consequence"
      onClose={page.dismiss}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void page.confirm();
        }}
      >
        <h2 id="question">{question.title}</h2>
        <p id="consequence">{question.body}</p>
        {device && !device.current && <DeviceFacts device={device} view={view} isLive={isLive} />}
        <p class="failure" role="alert">
          {failure}
        </p>
        <div class="choices">
          <button type="button" class="plain" ref={cancel} onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button class="danger" aria-disabled={isSending}>
            {isSending ? "Signing out…" : question.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

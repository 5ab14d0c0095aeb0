/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import { devicesPath } from "./links.ts";
import type { Action } from "./model.ts";

/** Opens the question for an action. */
export type Ask = (action: Action) => void;

export interface AskButtonProps {
  readonly action: Action;
  readonly basePath: string;
  readonly tone: "plain" | "danger";
  readonly ask: Ask;
  readonly children: ComponentChildren;
}

/** The button before the question. Without the script it is a plain form that gets the page with the question. */
export function AskButton({ action, basePath, tone, ask, children }: AskButtonProps) {
  const open = (event: Event) => {
    event.preventDefault();
    ask(action);
  };
  return (
    <form method="get" action={devicesPath(basePath)} onSubmit={open}>
      <input type="hidden" name="confirm" value={action.kind} />
      {action.kind === "close" && (
        <input type="hidden" name="session_id" value={action.session_id} />
      )}
      <button class={tone}>{children}</button>
    </form>
  );
}

/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { assetPath, SCRIPT, STYLE } from "./assets.ts";
import { ConfirmPage } from "./confirm-page.tsx";
import { LivePage } from "./live-page.tsx";
import { MessagePage } from "./message-page.tsx";
import type { Action, DevicesView, SignedOutReason } from "./model.ts";
import { noticeText, SIGNED_OUT_TEXTS } from "./question.tsx";

// A laptop before a phone. In the address, so that no browser asks for /favicon.ico.
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b57d0'/%3E%3Cpath d='M7 9h14v10H7zM5 22h13M21 14h5v10h-5z' fill='none' stroke='%23fff' stroke-width='2' stroke-linejoin='round'/%3E%3C/svg%3E";

/** The page with the list, as a whole HTML document. */
export function renderDevices(view: DevicesView): string {
  // Read out first when the page loads, as no live region is.
  const result = view.notice === undefined ? "" : `${noticeText(view.notice)} `;
  return render(
    <Document basePath={view.base_path} title={`${result}Your devices`} isLive>
      <div id="live" data-view={JSON.stringify(view)}>
        <LivePage view={view} />
      </div>
    </Document>,
  );
}

/** The page that asks before an action. Runs no script. */
export function renderConfirmation(view: DevicesView, action: Action): string {
  return render(
    <Document basePath={view.base_path} title="Please confirm – Your devices">
      <ConfirmPage action={action} view={view} />
    </Document>,
  );
}

/** The page for somebody without a session. */
export function renderSignedOut(basePath: string, reason: SignedOutReason): string {
  const { title, body } = SIGNED_OUT_TEXTS[reason];
  return renderMessage({ basePath, title, body });
}

/** A page that says what went wrong. `title` and `body` are shown as text. */
export function renderMessage(message: {
  readonly basePath: string;
  readonly title: string;
  readonly body: string;
}): string {
  return render(
    <Document basePath={message.basePath} title={message.title}>
      <MessagePage {...message} />
    </Document>,
  );
}

interface DocumentProps {
  readonly basePath: string;
  readonly title: string;
  readonly isLive?: boolean;
  readonly children: ComponentChildren;
}

function Document({ basePath, title, isLive = false, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href={ICON} />
        <link rel="stylesheet" href={assetPath(basePath, STYLE)} />
        {isLive && <script type="module" src={assetPath(basePath, SCRIPT)} />}
      </head>
      <body>{children}</body>
    </html>
  );
}

function render(document: VNode): string {
  return `<!doctype html>${renderToString(document)}`;
}

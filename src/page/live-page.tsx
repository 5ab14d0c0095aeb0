/** @jsxImportSource preact */
import { useEffect, useRef } from "preact/hooks";
import { AskButton } from "./ask-button.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { DeviceCard } from "./device-card.tsx";
import { Instant, Outside } from "./labels.tsx";
import { MessagePage } from "./message-page.tsx";
import type { DevicesView, DeviceView } from "./model.ts";
import { NoticeText, othersIn, SIGNED_OUT_TEXTS } from "./question.tsx";
import { type DevicesPage, useDevices } from "./use-devices.ts";

/**
 * The devices page: rendered by the server, where every button is a plain form, and taken over by the script, where it
 * opens a dialog.
 */
export function LivePage({ view }: { readonly view: DevicesView }) {
  const page = useDevices(view);
  const { question, questions, notice, signedOut } = page.state;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that had the focus may be gone with its device. The result stands beside the heading.
  const isAfterAction = questions > 0 && notice !== undefined;
  useEffect(() => {
    if (isAfterAction) heading.current?.focus();
  }, [isAfterAction]);
  if (signedOut !== undefined) {
    return <MessagePage {...SIGNED_OUT_TEXTS[signedOut]} basePath={view.base_path} isFocused />;
  }
  return (
    <>
      <main>
        <h1 ref={heading} tabIndex={-1}>
          Your devices
        </h1>
        <Lead view={page.state.view} />
        <News page={page} />
        <Devices page={page} />
      </main>
      {question && <ConfirmDialog key={questions} page={page} action={question} />}
    </>
  );
}

function Lead({ view }: { readonly view: DevicesView }) {
  return (
    <p class="lead">
      {view.user_id !== undefined && (
        <>
          Signed in as <Outside text={view.user_id} />.{" "}
        </>
      )}
      Sign out every device that you do not recognise or no longer use.
    </p>
  );
}

/** What happened, and what went wrong. Both places are always there, so that screen readers read out what they get. */
function News({ page }: { readonly page: DevicesPage }) {
  const { notice, failure, question, isStale, isLive, view } = page.state;
  return (
    <>
      <p class="notice" role="status">
        {notice && <NoticeText notice={notice} />}
      </p>
      <p class="failure" role="alert">
        {question === undefined && failure}
      </p>
      <div class="stale">
        <p role="status">
          {isStale && (
            <>
              This list could not be refreshed. It is from{" "}
              <Instant at={view.as_of} as="absolute" asOf={view.as_of} isLive={isLive} />.
            </>
          )}
        </p>
        {isStale && (
          <button type="button" class="plain" onClick={() => void page.refresh()}>
            Try again
          </button>
        )}
      </div>
    </>
  );
}

function Devices({ page }: { readonly page: DevicesPage }) {
  const { ask } = page;
  const { view, isLive } = page.state;
  const others = othersIn(view);
  const current = view.sessions.filter((device) => device.current);
  const card = (device: DeviceView) => (
    <DeviceCard key={device.session_id} device={device} view={view} isLive={isLive} ask={ask} />
  );
  return (
    <>
      {current.length > 0 && (
        <section aria-labelledby="this-device">
          <h2 id="this-device">This device</h2>
          <ul>{current.map(card)}</ul>
        </section>
      )}
      <section aria-labelledby="other-devices">
        <div class="heading">
          <h2 id="other-devices">
            Other devices <span class="count">{others.length}</span>
          </h2>
          {others.length > 0 && current.length > 0 && (
            <AskButton
              action={{ kind: "close-others" }}
              basePath={view.base_path}
              ask={ask}
              tone="plain"
            >
              Sign out all others
            </AskButton>
          )}
        </div>
        {others.length === 0 ? (
          <p class="empty">You are not signed in anywhere else.</p>
        ) : (
          <ul>{others.map(card)}</ul>
        )}
      </section>
      <section class="everywhere" aria-labelledby="everywhere">
        <div>
          <h2 id="everywhere">Sign out everywhere</h2>
          <p>Ends your session on every device, this one included.</p>
        </div>
        <AskButton action={{ kind: "close-all" }} basePath={view.base_path} ask={ask} tone="danger">
          Sign out everywhere
        </AskButton>
      </section>
      <p class="hint">“Last used” can be up to an hour behind.</p>
    </>
  );
}

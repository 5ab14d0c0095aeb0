/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import { Outside } from "./labels.tsx";
import type { Action, DevicesView, DeviceView, Notice, SignedOutReason } from "./model.ts";

/** What is asked before an action, in a dialog or on a page of its own. */
export interface Question {
  readonly title: ComponentChildren;
  readonly body: string;
  /** On the button that does it. */
  readonly verb: string;
}

export function questionFor(action: Action, view: DevicesView): Question {
  if (action.kind === "close-all") return closeAllQuestion(view.sessions.length);
  if (action.kind === "close-others") return closeOthersQuestion(othersIn(view).length);
  const device = deviceOf(action, view);
  if (device?.current === true) {
    return {
      title: "Sign out this device?",
      body: "You will have to sign in again here.",
      verb: "Sign out",
    };
  }
  return {
    title: device === undefined ? "Sign out this device?" : <SignOut device={device} />,
    body: "It will have to sign in again to use your account.",
    verb: "Sign out",
  };
}

/** The device that an action is about: undefined for those about several, and for one that is not listed any more. */
export function deviceOf(action: Action, view: DevicesView): DeviceView | undefined {
  if (action.kind !== "close") return undefined;
  return view.sessions.find((device) => device.session_id === action.session_id);
}

export function othersIn(view: DevicesView): readonly DeviceView[] {
  return view.sessions.filter((device) => !device.current);
}

/** "1 device", "3 devices". */
function countOf(devices: number): string {
  return devices === 1 ? "1 device" : `${devices} devices`;
}

/** What an action did, without naming the device. */
export function noticeText(notice: Notice): string {
  if (notice.kind === "closed") return "The device is signed out.";
  if (notice.kind === "gone") return "That device was already signed out.";
  if (notice.closed === 0) return "No other device was signed in.";
  if (notice.closed === 1) return "1 other device is signed out.";
  return `${notice.closed} other devices are signed out.`;
}

export function NoticeText({ notice }: { readonly notice: Notice }) {
  if (notice.kind !== "closed" || notice.device_name === undefined)
    return <>{noticeText(notice)}</>;
  return (
    <>
      <Outside text={notice.device_name} /> is signed out.
    </>
  );
}

export const SIGNED_OUT_TEXTS: Readonly<
  Record<SignedOutReason, { readonly title: string; readonly body: string }>
> = {
  "no-session": {
    title: "You are signed out",
    body: "Sign in to your application again to see your devices.",
  },
  "signed-out": {
    title: "You are signed out",
    body: "This device is signed out. Your other devices stay signed in.",
  },
  "closed-all": {
    title: "You are signed out everywhere",
    body: "Every device is signed out, this one included.",
  },
};

function SignOut({ device }: { readonly device: DeviceView }) {
  return (
    <>
      Sign out <Outside text={device.device_name} />?
    </>
  );
}

function closeAllQuestion(devices: number): Question {
  const body =
    devices > 1
      ? `All ${countOf(devices)}, this one included, will have to sign in again.`
      : "You will have to sign in again here.";
  return { title: "Sign out everywhere?", body, verb: "Sign out everywhere" };
}

function closeOthersQuestion(others: number): Question {
  return {
    title: "Sign out all other devices?",
    body: `${countOf(others)} will have to sign in again. This device stays signed in.`,
    verb: "Sign out all others",
  };
}

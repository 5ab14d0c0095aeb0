import type { Action, ActionAnswer, DevicesView, Notice, SignedOutReason } from "./model.ts";
import { deviceOf } from "./question.tsx";

/** Everything the page shows at one moment. */
export interface PageState {
  readonly view: DevicesView;
  /** False until the script runs: what the server rendered must be rendered again first. */
  readonly isLive: boolean;
  /** The last refresh failed: the list shows `view.as_of`. */
  readonly isStale: boolean;
  /** The action being asked about, in a dialog. */
  readonly question?: Action;
  /** How many questions were asked so far. */
  readonly questions: number;
  /** The answer of the service is awaited. */
  readonly isSending: boolean;
  /** Why the last action did not work. */
  readonly failure?: string;
  readonly notice?: Notice;
  /** Set once there is no session any more. Final. */
  readonly signedOut?: SignedOutReason;
}

/** What reading the list brought. */
export type ListOutcome =
  | { readonly kind: "listed"; readonly view: DevicesView }
  | { readonly kind: "list-failed" }
  | { readonly kind: "signed-out" };

/** What an action brought. */
export type ActionOutcome =
  | { readonly kind: "done"; readonly action: Action; readonly answer: ActionAnswer }
  /** It may or may not have happened. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "signed-out" };

export type PageEvent =
  | { readonly kind: "started" }
  | { readonly kind: "asked"; readonly action: Action }
  | { readonly kind: "dismissed" }
  | { readonly kind: "sent" }
  | ActionOutcome
  /** `questions`: the state's count when the list was asked for. */
  | (ListOutcome & { readonly questions: number });

export function initialState(view: DevicesView): PageState {
  const { notice } = view;
  return {
    view,
    isLive: false,
    isStale: false,
    questions: 0,
    isSending: false,
    ...(notice && { notice }),
  };
}

/** Nothing is being asked, done, or over: the list may change. */
export function isAtRest({ question, isSending, signedOut }: PageState): boolean {
  return question === undefined && !isSending && signedOut === undefined;
}

/** The page after an event. Nothing but a reload leaves "signed out". */
export function nextState(state: PageState, event: PageEvent): PageState {
  if (state.signedOut !== undefined) return state;
  switch (event.kind) {
    case "started":
      return { ...state, isLive: true };
    case "asked":
      return {
        ...without(state, "notice", "failure"),
        question: event.action,
        questions: state.questions + 1,
      };
    case "dismissed":
      return without(state, "question", "failure");
    case "sent":
      return { ...without(state, "failure"), isSending: true };
    case "done":
      return afterAction(state, event.action, event.answer);
    case "failed":
      return { ...state, isSending: false, failure: event.reason };
    case "listed":
      // Asked for before a question was opened, it may bring back what the action has closed since.
      if (event.questions !== state.questions) return state;
      return { ...state, view: event.view, isStale: false };
    case "list-failed":
      return { ...state, isStale: true };
    case "signed-out":
      break;
  }
  return { ...state, signedOut: "no-session" };
}

function afterAction(state: PageState, action: Action, answer: ActionAnswer): PageState {
  const { closed, list } = answer;
  if (list === undefined) {
    return { ...state, signedOut: action.kind === "close-all" ? "closed-all" : "signed-out" };
  }
  const rest = without(state, "question", "failure");
  const notice = noticeOf(action, closed, state.view);
  return { ...rest, view: list, notice, isSending: false, isStale: false };
}

function noticeOf(action: Action, closed: number, before: DevicesView): Notice {
  if (action.kind !== "close") return { kind: "closed-others", closed };
  if (closed === 0) return { kind: "gone" };
  const device_name = deviceOf(action, before)?.device_name;
  return { kind: "closed", ...(device_name !== undefined && { device_name }) };
}

function without<Key extends "question" | "failure" | "notice">(
  state: PageState,
  ...keys: readonly Key[]
): Omit<PageState, Key> {
  const rest = { ...state };
  for (const key of keys) delete rest[key];
  return rest;
}

import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import type { Ask } from "./ask-button.tsx";
import type { DevicesView } from "./model.ts";
import { initialState, isAtRest, nextState, type PageState } from "./page-state.ts";
import { perform, readList } from "./transport.ts";

const REFRESH_MS = 15_000;

export interface DevicesPage {
  readonly state: PageState;
  readonly ask: Ask;
  /** Closes the dialog. A request on its way goes on. */
  readonly dismiss: () => void;
  /** Does what the dialog asks about. */
  readonly confirm: () => Promise<void>;
  /** Reads the list now. */
  readonly refresh: () => Promise<void>;
}

/** The page's state, and what keeps it fresh: a look at the service on every return to the page and every 15 seconds. */
export function useDevices(initial: DevicesView): DevicesPage {
  const [state, dispatch] = useReducer(nextState, initial, initialState);
  const { base_path } = state.view;
  const latest = useRef(state);
  latest.current = state;

  const isReading = useRef(false);
  const refresh = useCallback(async () => {
    if (isReading.current) return;
    isReading.current = true;
    const { questions } = latest.current;
    const outcome = await readList(base_path);
    isReading.current = false;
    dispatch({ ...outcome, questions });
  }, [base_path]);
  const refreshAtRest = useCallback(() => {
    const isHidden = document.visibilityState === "hidden";
    if (!isHidden && isAtRest(latest.current)) void refresh();
  }, [refresh]);
  useEffect(() => dispatch({ kind: "started" }), []);
  useOnReturn(refreshAtRest);

  const confirm = async () => {
    const { question, isSending } = state;
    if (question === undefined || isSending) return;
    dispatch({ kind: "sent" });
    dispatch(await perform(base_path, question));
  };
  const dismiss = () => {
    dispatch({ kind: "dismissed" });
    // The list stood still while the question was open, and an action that failed may have been done all the same.
    if (!state.isSending) void refresh();
  };
  return {
    state,
    ask: (action) => dispatch({ kind: "asked", action }),
    dismiss,
    confirm,
    refresh,
  };
}

function useOnReturn(run: () => void): void {
  useEffect(() => {
    const stop = new AbortController();
    const timer = setInterval(run, REFRESH_MS);
    window.addEventListener("focus", run, stop);
    window.addEventListener("online", run, stop);
    document.addEventListener("visibilitychange", run, stop);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [run]);
}

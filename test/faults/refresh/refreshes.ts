import type { Issue, RefreshHistory } from "./refresh-history.ts";

/**
 * I10, while nothing fails: each refresh token is presented once, so no family forks; what is stored at rest is what was
 * issued last; and who asks for a token of a session gets one that was issued for it.
 */
export function refreshes(history: RefreshHistory): readonly string[] {
  return [
    ...presentedTwice(history.issues),
    ...history.sessions.flatMap((session) => ofSession(session, history)),
  ];
}

function presentedTwice(issues: readonly Issue[]): readonly string[] {
  const presented = issues.map((issue) => issue.presented);
  const again = presented.filter((token, at) => presented.indexOf(token) < at);
  return again.map((token) => `${token} was presented again`);
}

function ofSession(
  { id, first, stored }: RefreshHistory["sessions"][number],
  { issues, answers }: RefreshHistory,
): readonly string[] {
  const family = familyOf(first.refreshToken, issues);
  const good = new Set([first.accessToken, ...family.map(({ accessToken }) => accessToken)]);
  const strange = answers.filter(
    ({ session, accessToken }) =>
      session === id && accessToken !== undefined && !good.has(accessToken),
  );
  const last = family.at(-1) ?? first;
  const isOld = stored !== undefined && stored.refreshToken !== last.refreshToken;
  return [
    ...strange.map(({ accessToken }) => `a caller of ${id} got ${accessToken}, issued for another`),
    ...(isOld
      ? [`${id} has ${stored.refreshToken}, not ${last.refreshToken} that was issued last`]
      : []),
  ];
}

/** What was issued for a session, one after the other. */
function familyOf(first: string, issues: readonly Issue[]): readonly Issue[] {
  const family: Issue[] = [];
  let known = new Set([first]);
  for (const issue of issues) {
    if (!known.has(issue.presented)) continue;
    family.push(issue);
    known = new Set([...known, issue.refreshToken]);
  }
  return family;
}

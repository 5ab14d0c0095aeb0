import { entriesOf } from "../history.ts";
import type { Told } from "./told.ts";

/** I13: no session id, session token or version is ever given out twice. */
export function uniqueness({ users, history }: Told): readonly string[] {
  const creates = entriesOf(history.entries, "create").filter((c) => typeof c.result === "object");
  const byId = new Map<string, string>();
  const shared = creates.flatMap(({ result, user, device, key }, at) => {
    if (typeof result !== "object") return [];
    // Repetitions of one create are answered with the same session.
    const maker = key === undefined ? `${at}` : `${user} ${device} ${key}`;
    const known = byId.get(result.id) ?? maker;
    byId.set(result.id, known);
    return known === maker ? [] : [`two creates were answered with ${result.id}`];
  });
  const sessions = users.flatMap((user) => user.sessions);
  const tokens = sessions.flatMap(({ made, entries }) => [made.token, ...tokensIn(entries)]);
  return [
    ...shared,
    ...(new Set(tokens).size < tokens.length ? ["a session token was given out twice"] : []),
  ];
}

function tokensIn(entries: Told["users"][number]["sessions"][number]["entries"]): string[] {
  return entries.flatMap(({ result }) =>
    typeof result === "object" && "token" in result ? [result.token] : [],
  );
}

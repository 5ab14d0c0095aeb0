import type { Session } from "../../client/main.ts";

const SECRETS = ["auth_code", "access_token", "refresh_token"] as const;

/** The session for programs: without tokens and code unless they are asked for. */
export function sessionJson(session: Session, showsTokens: boolean): object {
  if (showsTokens) return session;
  return Object.fromEntries(
    Object.entries(session).filter(([name]) => !SECRETS.some((secret) => secret === name)),
  );
}

/** The session for people: a line for each attribute; of tokens and code only that they are there. */
export function sessionPairs(
  session: Session,
  showsTokens: boolean,
): readonly (readonly [name: string, value: string | undefined])[] {
  return Object.entries(session).map(([name, value]) => {
    const isSecret = SECRETS.some((secret) => secret === name);
    if (isSecret && !showsTokens) return [name, "(set; --show-tokens shows it)"];
    if (value === undefined || value === null) return [name, undefined];
    return [name, typeof value === "object" ? JSON.stringify(value) : shownText(name, value)];
  });
}

function shownText(name: string, value: unknown): string {
  return name.endsWith("_at") ? shownTime(String(value)) : String(value);
}

/** 2026-11-22T15:00:00.123Z as 2026-11-22 15:00:00Z. */
export function shownTime(rfc3339: string): string {
  return rfc3339.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

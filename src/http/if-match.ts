import type { Version } from "../session/session.ts";
import { type Parsed, accept, reject } from "./parsed.ts";
import { invalidFields } from "./problem.ts";

/** Decides whether a stored version meets the precondition. */
export type VersionTest = (version: Version) => boolean;

// One member of the list, RFC 9110 section 8.8.3; W/ marks a weak tag.
const ENTITY_TAG = /[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/y;
const EMPTY_MEMBER = /[ \t]*,/y;

/** The entity tag of a version. */
export function entityTag(version: Version): string {
  return `"${version}"`;
}

/**
 * Reads If-Match (RFC 9110 section 13.1.1): `*`, or a list of tags of which one must match. The comparison is strong,
 * so a weak tag is allowed but never matches. Absent: undefined.
 */
export function readIfMatch(request: Request): Parsed<VersionTest | undefined> {
  const value = request.headers.get("if-match");
  if (value === null) return accept(undefined);
  if (value.trim() === "*") return accept(() => true);
  const tags = strongTags(value);
  if (tags) return accept((version) => tags.includes(version));
  return reject(
    invalidFields([
      { in: "header", field: "If-Match", reason: "must be * or a list of entity tags" },
    ]),
  );
}

/** The strong tags of the list, or undefined if it is not a list of tags. */
function strongTags(list: string): readonly string[] | undefined {
  const strong: string[] = [];
  let members = 0;
  let at = 0;
  while (at < list.length) {
    const empty = matchAt(EMPTY_MEMBER, list, at);
    const member = empty ?? matchAt(ENTITY_TAG, list, at);
    if (!member) return undefined;
    at += member[0].length;
    if (empty) continue;
    members++;
    if (member[1] === undefined) strong.push(member[2] ?? "");
  }
  return members === 0 ? undefined : strong;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

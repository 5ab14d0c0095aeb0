/** JSON as this API takes it, or why not. */
export type StrictJson = { readonly value: unknown } | { readonly fault: string };

const MAX_DEPTH = 32;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Parses JSON text (RFC 8259) and refuses what parsers understand differently or not at all: two members of one name
 * in an object (section 4), and nesting deeper than 32. Safe for text of any depth.
 */
export function parseStrictJson(text: string): StrictJson {
  const shape = measure(text);
  if (shape.depth > MAX_DEPTH) return { fault: `is nested deeper than ${MAX_DEPTH}` };
  const value = parse(text);
  if (value === undefined) return { fault: "is not valid JSON" };
  if (countMembers(value) !== shape.members) return { fault: "has two members of one name" };
  return { value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Depth and number of members as written. Means nothing if the text is not JSON. */
function measure(text: string): { readonly depth: number; readonly members: number } {
  let open = 0;
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (code === COLON) members++;
    else if (isOpening(code)) depth = Math.max(depth, ++open);
    else if (isClosing(code)) open--;
  }
  return { depth, members };
}

function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

/** The members that survived parsing: one fewer for every name that came twice. */
function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : values.length;
  return values.reduce<number>((sum, inner) => sum + countMembers(inner), own);
}

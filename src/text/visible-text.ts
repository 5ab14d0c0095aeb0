// Control and format characters, line and paragraph separators, lone surrogates. The two joiners stay: emoji and
// Persian need them, and they cannot reorder text.
const INVISIBLE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * The text with every character that does not show, or that changes how its neighbours show, spelled out as [U+202E].
 * So "laptop" and "lap<RLO>top" never look alike (Unicode UTR 36, section 2). Isolating the text from its surroundings
 * is up to the markup: <bdi>.
 */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => `[U+${codePoint(character)}]`);
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

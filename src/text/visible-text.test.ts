import { describe, expect, test } from "bun:test";
import { visibleText } from "./visible-text.ts";

describe("characters that do not show, or that move others, are spelled out", () => {
  for (const [text, shown] of [
    ["lap\u202Etop", "lap[U+202E]top"],
    ["\u2066isolated\u2069", "[U+2066]isolated[U+2069]"],
    ["zero\u200Bwidth", "zero[U+200B]width"],
    ["soft\u00ADhyphen", "soft[U+00AD]hyphen"],
    ["\uFEFFmark", "[U+FEFF]mark"],
    ["bell\u0007\u009B", "bell[U+0007][U+009B]"],
    ["two\nlines\u2028three", "two[U+000A]lines[U+2028]three"],
    ["tag\u{E0041}", "tag[U+E0041]"],
    ["half \uD83D", "half [U+D83D]"],
  ] as const) {
    test(shown, () => expect(visibleText(text)).toBe(shown));
  }

  for (const text of [
    "Zoë’s laptop",
    "מחשב נייד",
    "لپ\u200Cتاپ",
    "👩\u200D💻 漢字",
    "<b>&amp;</b>",
  ]) {
    test(`${text} stays as it is`, () => expect(visibleText(text)).toBe(text));
  }
});

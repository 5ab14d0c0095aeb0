import { describe, expect, test } from "bun:test";
import { Screen } from "./screen.ts";

const EVIL = "\u001B[2Jdevice\u009B31m\u202E\r\n\u0007";

describe("what a user wrote", () => {
  test("reaches the terminal without control characters, in lines, tables and pairs", () => {
    for (const show of [
      (screen: Screen) => screen.line(EVIL),
      (screen: Screen) => screen.table(["H"], [[EVIL]], ""),
      (screen: Screen) => screen.pairs([["name", EVIL]]),
      (screen: Screen) => screen.marked("red", "mark", EVIL),
    ]) {
      const { text, screen } = aScreen();
      show(screen);
      const shown = text();
      expect(shown).toContain("[U+001B][2Jdevice[U+009B]31m[U+202E][U+000D][U+000A][U+0007]");
      expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
    }
  });

  test("is the same value in JSON, in which nothing acts on a terminal", () => {
    const { text, screen } = aScreen();
    screen.json({ [EVIL]: EVIL, emoji: "\u{1F469}\u200D\u{1F4BB}\u{E0001}" });
    expect(text().trimEnd()).not.toMatch(/\p{Cc}|\p{Cf}/u);
    expect(JSON.parse(text())).toEqual({
      [EVIL]: EVIL,
      emoji: "\u{1F469}\u200D\u{1F4BB}\u{E0001}",
    });
  });
});

describe("colours", () => {
  test("are on a terminal, and take no room in a table", () => {
    const { text, screen } = aScreen({ isTerminal: true });
    screen.table(["A", "B"], [["long", "x"]], "");
    expect(text()).toBe("\u001B[1mA\u001B[22m     \u001B[1mB\u001B[22m\nlong  x\n");
  });

  for (const [why, choices] of [
    ["in a pipe", {}],
    ["with NO_COLOR", { isTerminal: true, environment: { NO_COLOR: "1" } }],
    ["on a terminal that has none", { isTerminal: true, environment: { TERM: "dumb" } }],
  ] as const)
    test(`are not ${why}`, () => {
      const { text, screen } = aScreen(choices);
      screen.marked("red", "problem", "");
      expect(text()).toBe("problem\n");
    });
});

function aScreen({ isTerminal = false, environment = {} } = {}) {
  let text = "";
  const screen = new Screen({
    write: (more) => void (text += more),
    terminal: { input: false, output: isTerminal, errors: false },
    environment,
  });
  return { screen, text: () => text };
}

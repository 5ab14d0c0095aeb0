import { describe, expect, test } from "bun:test";
import { ProgressLine } from "./progress-line.ts";

describe("the progress of something long", () => {
  test("is not told within two seconds, then with count, rate and time left", () => {
    const { line, advance, said } = aLine({ total: 10_000 });
    advance(1999);
    line.tell("copying", 3000);
    expect(said()).toEqual([]);
    advance(1);
    line.tell("copying", 4000);
    expect(said()).toEqual(["copying: 4,000 of about 10,000, 2,000/s, 3 s left\n"]);
  });

  test("is a line every ten seconds where there is no terminal", () => {
    const { line, advance, said } = aLine({ total: 0 });
    for (let second = 1; second <= 30; second++) {
      advance(1000);
      line.tell("reading", second * 10);
    }
    expect(said()).toEqual(["reading: 20, 10/s\n", "reading: 120, 10/s\n", "reading: 220, 10/s\n"]);
  });

  test("on a terminal is one line that is written over, and cleared at the end", () => {
    const { line, advance, said } = aLine({ total: 0, isTerminal: true });
    advance(2000);
    line.tell("reading", 2);
    advance(200);
    line.tell("reading", 3);
    line.done();
    expect(said()).toEqual([
      "\r\u001B[Kreading: 2, 1/s",
      "\r\u001B[Kreading: 3, 1/s",
      "\r\u001B[K",
    ]);
  });

  test("on a narrow terminal is cut, so that it never wraps", () => {
    let columns = 20;
    const options = { total: 10_000, isTerminal: true, columns: () => columns };
    const { line, advance, said } = aLine(options);
    advance(2000);
    line.tell("copying", 4000);
    columns = 80;
    advance(200);
    line.tell("copying", 4400);
    expect(said()).toEqual([
      "\r\u001B[Kcopying: 4,000 of …",
      "\r\u001B[Kcopying: 4,400 of about 10,000, 2,000/s, 3 s left",
    ]);
  });

  test("of another step counts anew", () => {
    const { line, advance, said } = aLine({ total: 100 });
    advance(5000);
    line.tell("copying", 100);
    advance(20_000);
    line.tell("comparing", 0);
    advance(20_000);
    line.tell("comparing", 50);
    expect(said().at(-1)).toBe("comparing: 50 of about 100, 3/s, 20 s left\n");
  });

  test("of hours is told in hours", () => {
    const { line, advance, said } = aLine({ total: 100_000 });
    advance(10_000);
    line.tell("copying", 100);
    expect(said()).toEqual(["copying: 100 of about 100,000, 10/s, 2 h 46 min left\n"]);
  });
});

interface LineOptions {
  readonly total: number;
  readonly isTerminal?: boolean;
  readonly columns?: () => number;
}

function aLine({ total, isTerminal = false, columns = () => 80 }: LineOptions) {
  let now = 0;
  const said: string[] = [];
  const line = new ProgressLine({
    writeError: (text) => void said.push(text),
    isTerminal,
    columns,
    total,
    monotonic: () => now,
  });
  return { line, said: () => said, advance: (ms: number) => void (now += ms) };
}

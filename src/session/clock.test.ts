import { describe, expect, test } from "bun:test";
import { StoreClock } from "./clock.ts";

const START = Date.UTC(2030, 0, 1);

describe("the store's clock", () => {
  test("is the machine's until a store was followed", () => {
    expect(new StoreClock(() => START).now()).toBe(START);
  });

  test("is moved by the store's lead over the middle of question and answer", () => {
    let machine = START;
    const clock = new StoreClock(() => machine);
    const askedAt = machine;
    machine += 100;
    expect(clock.follow(START + 50 + 3000, askedAt)).toBe(3000);
    expect(clock.now()).toBe(machine + 3000);
  });

  test("follows a store that is behind as well, and forgets the offset before", () => {
    const clock = new StoreClock(() => START);
    clock.follow(START + 3000, START);
    expect(clock.follow(START - 2000, START)).toBe(-2000);
    expect(clock.now()).toBe(START - 2000);
  });

  test("stands still until a reading that was off has passed, so that what was over stays over", () => {
    let machine = START;
    const clock = new StoreClock(() => machine);
    clock.follow(START + 800, START);
    expect(clock.now()).toBe(START + 800);
    clock.follow(START, START);
    expect(clock.now()).toBe(START + 800);
    machine += 801;
    expect(clock.now()).toBe(START + 801);
  });

  test("stands still when the machine's time steps back a little", () => {
    let machine = START;
    const clock = new StoreClock(() => machine);
    clock.now();
    machine -= 10_000;
    expect(clock.now()).toBe(START);
  });

  test("is set back with a store that was hours ahead by mistake, so that no live session is over for hours", () => {
    const clock = new StoreClock(() => START);
    clock.follow(START + 3_600_000, START);
    clock.now();
    clock.follow(START, START);
    expect(clock.now()).toBe(START);
  });

  test("keeps the last offset while the machine's time goes on", () => {
    let machine = START;
    const clock = new StoreClock(() => machine);
    clock.follow(START + 3000, machine);
    machine += 60_000;
    expect(clock.now()).toBe(START + 63_000);
  });

  test("tells whole milliseconds", () => {
    let machine = START;
    const clock = new StoreClock(() => machine);
    machine += 1;
    clock.follow(START + 10, START);
    expect(Number.isInteger(clock.now())).toBe(true);
  });
});

import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { SetClock } from "../../../test/support/clock.ts";
import {
  type TemporaryDirectory,
  temporaryDirectory,
} from "../../../test/support/temporary-directory.ts";
import { BALLAST_BYTES, Ballast } from "./ballast.ts";

describe("the ballast", () => {
  test("is really written: of full length, without holes, 0600", async () => {
    using folder = temporaryDirectory();
    const { ballast, file } = aBallast(folder);
    ballast.keep();
    const { size, blocks, mode } = statSync(file);
    expect(size).toBe(BALLAST_BYTES);
    expect(blocks * 512).toBeGreaterThanOrEqual(BALLAST_BYTES);
    expect(mode & 0o777).toBe(0o600);
    expect(ballast.warnings).toEqual([]);
  });

  test("is written again when it is too short or has holes, and left alone when it is whole", async () => {
    using folder = temporaryDirectory();
    const { ballast, file } = aBallast(folder);
    writeFileSync(file, "too short");
    ballast.keep();
    const whole = readFileSync(file);
    expect(whole.length).toBe(BALLAST_BYTES);
    ballast.keep();
    expect(readFileSync(file).equals(whole)).toBe(true);
    truncateSync(file, 0);
    truncateSync(file, BALLAST_BYTES);
    ballast.keep();
    expect(statSync(file).blocks * 512).toBeGreaterThanOrEqual(BALLAST_BYTES);
  });

  test("comes back a second after it was released at the earliest", async () => {
    using folder = temporaryDirectory();
    const { ballast, file, clock } = aBallast(folder);
    ballast.keep();
    ballast.release();
    ballast.release();
    expect(existsSync(file)).toBe(false);
    clock.advanceMs(999);
    expect(ballast.hasRoom()).toBe(false);
    clock.advanceMs(1);
    expect(ballast.hasRoom()).toBe(true);
    expect(existsSync(file)).toBe(true);
  });

  test("comes back when the clock was set back meanwhile, too", async () => {
    using folder = temporaryDirectory();
    const { ballast, clock } = aBallast(folder);
    ballast.keep();
    ballast.release();
    clock.advanceSeconds(-3600);
    expect(ballast.hasRoom()).toBe(true);
  });

  test("that cannot be written is a warning, and does not stop writes", async () => {
    using folder = temporaryDirectory();
    const { ballast, file, logged } = aBallast(folder);
    mkdirSync(file);
    ballast.keep();
    expect(ballast.hasRoom()).toBe(true);
    expect(ballast.warnings).toEqual([expect.stringContaining("cannot be written")]);
    expect(logged.at(-1)).toContain(`${file} cannot be written`);
  });

  test("is not given away for a task that fails while the disk has room", async () => {
    using folder = temporaryDirectory();
    const { ballast, file } = aBallast(folder);
    ballast.keep();
    let runs = 0;
    const task = () => {
      runs++;
      throw new Error("something else");
    };
    expect(() => ballast.giveFor(task)).toThrow("something else");
    expect(runs).toBe(1);
    expect(existsSync(file)).toBe(true);
  });
});

function aBallast(folder: TemporaryDirectory) {
  const clock = new SetClock();
  const logged: string[] = [];
  const path = join(folder.path, "sessions.db");
  const log = (message: string) => logged.push(message);
  const ballast = new Ballast({ path, now: () => clock.now(), log });
  return { ballast, file: `${path}.ballast`, clock, logged };
}

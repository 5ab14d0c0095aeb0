import { describe, expect, test } from "bun:test";
import encodeCommand from "@redis/client/dist/lib/RESP/encoder.js";
import * as fc from "fast-check";
import { CommandBytes } from "./command-bytes.ts";

const argument = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
);
const command = fc.array(argument, { minLength: 1, maxLength: 12 });

describe("commands as bytes", () => {
  test("are those that @redis/client writes, one behind the other", () => {
    const bytes = new CommandBytes();
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        for (const args of commands) bytes.add(args);
        const expected = commands.flatMap((args) =>
          encodeCommand(args).map((part) => Buffer.from(part)),
        );
        expect(bytes.take().equals(Buffer.concat(expected))).toBe(true);
      }),
    );
  });

  test("stay as they were taken when more is added", () => {
    const bytes = new CommandBytes();
    bytes.add(["GET", "a"]);
    const taken = bytes.take();
    bytes.add(["GET", "b"]);
    expect(taken.toString()).toBe("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
    expect(bytes.take().toString()).toBe("*2\r\n$3\r\nGET\r\n$1\r\nb\r\n");
    expect(bytes.length).toBe(0);
  });

  test("may be a command of any size", () => {
    const bytes = new CommandBytes();
    const value = Buffer.alloc(3_000_000, "x");
    bytes.add(["SET", "k", value]);
    expect(bytes.take().length).toBe(
      value.length + "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3000000\r\n\r\n".length,
    );
    bytes.add(["PING"]);
    expect(bytes.take().toString()).toBe("*1\r\n$4\r\nPING\r\n");
  });
});

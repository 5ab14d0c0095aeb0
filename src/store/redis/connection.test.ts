import { ErrorReply } from "@redis/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type Server, type Socket, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { Connection } from "./connection.ts";
import { NoReply } from "./no-reply.ts";

const SETTINGS = { database: 0, connectMs: 2_000 };

let server: RedisServer;
const opened: Connection[] = [];
const losses: string[] = [];

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(async () => await server.stop());
afterEach(() => {
  for (const connection of opened.splice(0)) connection.destroy();
  losses.length = 0;
});

function noteLoss(reason: Error): void {
  losses.push(reason.message);
}

async function open(port = server.port): Promise<Connection> {
  const connection = await Connection.open({ host: "127.0.0.1", port }, SETTINGS, noteLoss);
  opened.push(connection);
  return connection;
}

describe("a connection", () => {
  test("brings each command its own reply, as bytes, numbers, nil and lists of them", async () => {
    const connection = await open();
    const value = Buffer.from([0, 13, 10, 255]);
    expect(await connection.send(["SET", "own", value], 1_000)).toBe("OK");
    const replies = await Promise.all([
      connection.send(["GET", "own"], 1_000),
      connection.send(["GET", "nothing"], 1_000),
      connection.send(["STRLEN", "own"], 1_000),
      connection.send(["EVAL", "return {1, 'two', {}, false}", "0"], 1_000),
      connection.send(["NONSENSE"], 1_000).catch((error: Error) => error.message),
    ]);
    expect(replies.slice(0, 4)).toEqual([value, null, 4, [1, Buffer.from("two"), [], null]]);
    expect(String(replies[4])).toContain("ERR unknown command");
  });

  test("carries thousands of commands at once, and values larger than any buffer between", async () => {
    const connection = await open();
    const large = Buffer.alloc(5_000_000, "l");
    const replies = await Promise.all([
      ...Array.from({ length: 5_000 }, (_, i) => connection.send(["ECHO", `${i}`], 20_000)),
      connection.send(["ECHO", large], 20_000),
    ]);
    expect(replies.slice(0, 5_000).map(String)).toEqual(
      Array.from({ length: 5_000 }, (_, i) => `${i}`),
    );
    expect(Buffer.compare(replies[5_000] as Buffer, large)).toBe(0);
  });

  test("refuses more than 10,000 that wait, as certainly not sent", async () => {
    const connection = await open();
    const waiting = Array.from({ length: 10_000 }, () => connection.send(["PING"], 20_000));
    const refused = await connection.send(["PING"], 20_000).catch((error: NoReply) => error);
    expect(refused).toMatchObject({ isSent: false, isFinal: true });
    expect(await Promise.all(waiting)).toHaveLength(10_000);
  });

  test("gives a command up when its time is over, and goes on with the next", async () => {
    const connection = await open();
    await connection.send(["CLIENT", "PAUSE", "200"], 1_000);
    const slow = await connection.send(["GET", "k"], 20).catch((error: NoReply) => error);
    expect(slow).toMatchObject({ message: "no reply in 20 ms", isSent: true, isFinal: true });
    expect(String(await connection.send(["ECHO", "next"], 5_000))).toBe("next");
    expect(connection.silentMs).toBeLessThan(1_000);
  });

  test("tells its loss once; what was sent may have been done, what comes later was not", async () => {
    const connection = await open();
    const sent = connection.send(["CLIENT", "KILL", "SKIPME", "no", "TYPE", "normal"], 1_000);
    const waiting = connection.send(["GET", "k"], 1_000).catch((error: NoReply) => error);
    await sent.catch(() => {});
    expect(await waiting).toMatchObject({ isSent: true, isFinal: false });
    expect(connection.isOpen).toBe(false);
    const later = await connection.send(["GET", "k"], 1_000).catch((error: NoReply) => error);
    expect(later).toMatchObject({ isSent: false, isFinal: false });
    expect(losses).toHaveLength(1);
  });

  test("ends without telling a loss when it is given up", async () => {
    const connection = await open();
    const waiting = connection.send(["GET", "k"], 1_000).catch((error: NoReply) => error);
    connection.destroy();
    expect(await waiting).toMatchObject({ isSent: false });
    expect(losses).toEqual([]);
  });
});

test.each([
  ["AUTH", undefined],
  ["HELLO", () => {}],
])("a password is not told by a server that does not know %s", async (command, onPush) => {
  await using odd = await startRedisServer({ config: [`rename-command ${command} ""`] });
  const settings = { ...SETTINGS, credentials: { password: "the-password" } };
  const refused = await Connection.open(odd, settings, noteLoss, onPush).catch((e: unknown) => e);
  expect(refused).toBeInstanceOf(ErrorReply);
  expect(Bun.inspect(refused)).toContain(`unknown command '${command}`);
  expect(Bun.inspect(refused)).not.toContain("the-password");
});

describe("a peer that is no Redis server", () => {
  let peer: Server;
  let answer: (socket: Socket) => void;

  beforeAll(async () => {
    peer = createServer((socket) => socket.on("error", () => {}).on("data", () => answer(socket)));
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void peer.close());

  test.each([
    ["what is no reply", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["more replies than commands", "+PONG\r\n+PONG\r\n"],
  ])("ends the connection with %s", async (_, said) => {
    const connection = await open((peer.address() as AddressInfo).port);
    const lost = Promise.withResolvers<void>();
    answer = (socket) => socket.write(said, () => setImmediate(lost.resolve));
    await connection.send(["PING"], 1_000).catch(() => {});
    await lost.promise;
    await connection.send(["PING"], 1_000).catch(() => {});
    expect(connection.isOpen).toBe(false);
    expect(losses).toHaveLength(1);
  });
});

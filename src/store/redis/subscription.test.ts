import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErrorReply } from "@redis/client";
import { makeCertificates } from "../../../test/support/certificates.ts";
import { type RedisServer, startRedisServer } from "../../../test/support/redis-server.ts";
import { until } from "../../../test/support/until.ts";
import { openSubscription } from "./subscription.ts";

const MS = 5000;
const CHANNELS = ["sm:one", "sm:two"];
const USERS = ["deaf on >secret ~* &* +@all -subscribe"];

for (const kind of ["without TLS", "with TLS"])
  describe(`a subscription ${kind}`, () => {
    const dir = mkdtempSync(join(tmpdir(), "sm-tls-"));
    let server: RedisServer;
    let tls: { readonly ca: string } | undefined;

    beforeAll(async () => {
      const files = kind === "with TLS" ? await makeCertificates(dir) : undefined;
      tls = files && { ca: await Bun.file(files.caFile).text() };
      server = await startRedisServer({
        password: "secret",
        users: USERS,
        ...(files && { tls: files }),
      });
    });
    afterAll(async () => {
      await server.stop();
      rmSync(dir, { recursive: true });
    });

    async function open(username?: string) {
      const heard: string[] = [];
      const losses: string[] = [];
      const credentials = { password: "secret", ...(username && { username }) };
      const settings = { credentials, database: 1, connectMs: MS, ...(tls && { tls }) };
      const { host, port } = server;
      const opened = await openSubscription({ host, port }, settings, CHANNELS, {
        message: (channel, text) => void heard.push(`${channel} ${text}`),
        lost: (reason) => void losses.push(reason),
      });
      return { ...opened, heard, losses };
    }

    test("hears all its channels, between the replies and in their order", async () => {
      const subscription = await open();
      const own = ["first", "second", "third"].map((text) =>
        subscription.send(["PUBLISH", "sm:one", text], MS),
      );
      expect(await Promise.all(own)).toEqual([1, 1, 1]);
      expect(subscription.heard).toEqual(["sm:one first", "sm:one second", "sm:one third"]);
      await server.command("PUBLISH", "sm:two", "ü");
      expect(String(await subscription.send(["ECHO", "reply"], MS))).toBe("reply");
      expect(subscription.heard.at(-1)).toBe("sm:two ü");
      subscription.close();
    });

    test("is lost once, and not when it is closed", async () => {
      const [one, other] = [await open(), await open()];
      other.close();
      await server.command("CLIENT", "KILL", "TYPE", "pubsub");
      await until(() => one.losses.length > 0, { what: "it is lost", withinMs: MS });
      expect(one.losses).toHaveLength(1);
      expect(other.losses).toEqual([]);
    });

    test("is not opened for a user who may not subscribe", async () => {
      const refused = await open("deaf").catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ErrorReply);
      expect(String(refused)).toContain("NOPERM");
    });
  });

test("a subscription that is lost as it opens is not opened", async () => {
  using peer = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, bytes) => {
        if (String(bytes).includes("HELLO")) socket.write("%0\r\n");
        if (String(bytes).includes("PING")) socket.write("+PONG\r\nno reply at all\r\n");
      },
    },
  });
  const address = { host: "127.0.0.1", port: peer.port };
  const listener = { message: () => {}, lost: () => expect.unreachable("it was not open") };
  const opening = openSubscription(address, { database: 0, connectMs: MS }, ["c"], listener);
  expect(String(await opening.catch((error: unknown) => error))).toContain("was lost");
});

import { afterEach, describe, expect, test } from "bun:test";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { until } from "../../../test/support/until.ts";
import { openNativeSocket } from "./native-socket.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe("a socket of Bun's own", () => {
  test("carries both ways what is more than a kernel takes at once", async () => {
    const bytes = Buffer.alloc(20_000_000, "0123456789abcdefghijk");
    const { port, accepted } = await listening();
    const socket = await openNativeSocket({ host: "127.0.0.1", port }, 2000);
    const back: Buffer[] = [];
    socket.on("data", (chunk) => void back.push(chunk));
    const peer = await accepted;
    const drained = new Promise<void>((resolve) => void socket.on("drain", resolve));
    expect(socket.write(bytes)).toBe(false);
    peer.pipe(peer);
    await drained;
    expect(socket.write(Buffer.from("end"))).toBe(true);
    const isBack = () => sizeOf(back) === bytes.length + 3;
    await until(isBack, { what: "all came back", withinMs: 10_000 });
    expect(Buffer.compare(Buffer.concat(back), Buffer.concat([bytes, Buffer.from("end")]))).toBe(0);
    socket.destroy();
  });

  test("finds a server by its name", async () => {
    const { port, accepted } = await listening();
    const socket = await openNativeSocket({ host: "localhost", port }, 2000);
    await accepted;
    socket.destroy();
  });

  test("tells when the server ends the connection, and when it is given up here", async () => {
    for (const end of [
      (peer: Socket) => peer.end(),
      (peer: Socket) => peer.destroy(),
      (_: Socket, give: () => unknown) => give(),
    ]) {
      const { port, accepted } = await listening();
      const socket = await openNativeSocket({ host: "127.0.0.1", port }, 2000);
      let closes = 0;
      socket.on("close", () => void (closes += 1));
      end(await accepted, () => socket.destroy());
      await until(() => closes === 1, { what: "it is closed", withinMs: 2000 });
    }
  });

  test("is not opened where nobody listens, and says why", async () => {
    const { port } = await listening();
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const opening = openNativeSocket({ host: "127.0.0.1", port }, 2000);
    const refused = await opening.catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: `connect ECONNREFUSED 127.0.0.1:${port}` });
  });
});

async function listening(): Promise<{ port: number; accepted: Promise<Socket> }> {
  const server = createServer();
  servers.push(server);
  const accepted = new Promise<Socket>((resolve) => void server.once("connection", resolve));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, accepted };
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

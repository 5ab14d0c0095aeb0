import { type Socket, connect } from "node:net";
import { until } from "../../support/until.ts";
import type { Stage } from "../run.ts";

const IDLE = 2000;
const SLOW = 200;
const HEALTHY_WITHIN_MS = 1000;
/** A request that is not whole by then is cut: 20 s, looked at every 4. */
const CUT_WITHIN_MS = 40_000;

/** F17: thousands of connections that say nothing. Others are served as ever. */
export async function floodConnections({ deployment, random }: Stage): Promise<void> {
  const port = deployment.ports[random.below(deployment.ports.length)] ?? 0;
  const sockets = Array.from({ length: IDLE }, () => opened(port));
  try {
    await until(() => sockets.every((socket) => !socket.connecting), {
      what: "all are connected or refused",
      withinMs: 20_000,
    });
    await expectHealthy(port);
    await Bun.sleep(500);
    await expectHealthy(port);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await expectHealthy(port);
}

/** F18: requests that come a byte at a time, and answers that nobody reads. They are cut; others are served as ever. */
export async function slowSenders({ deployment, random }: Stage): Promise<void> {
  const port = deployment.ports[random.below(deployment.ports.length)] ?? 0;
  const head = `POST /a01/session HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n`;
  const sockets = Array.from({ length: SLOW }, () => opened(port));
  for (const socket of sockets) socket.write(head);
  const trickle = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write(" ");
  }, 1000);
  const readers = Array.from({ length: SLOW }, () => neverReading(port));
  try {
    await until(() => sockets.every((socket) => socket.destroyed), {
      what: "senders of a body byte by byte are cut",
      withinMs: CUT_WITHIN_MS,
      everyMs: 500,
    });
    await expectHealthy(port);
  } finally {
    clearInterval(trickle);
    for (const socket of [...sockets, ...readers]) socket.destroy();
  }
}

function opened(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {}).on("data", () => {});
  return socket;
}

/** Asks many things at once and takes none of the answers. */
function neverReading(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {}).pause();
  const ask = `GET /openapi.json HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
  socket.write(ask.repeat(20));
  return socket;
}

async function expectHealthy(port: number): Promise<void> {
  const signal = AbortSignal.timeout(HEALTHY_WITHIN_MS);
  const { status } = await fetch(`http://127.0.0.1:${port}/health/live`, { signal });
  if (status !== 200) throw new Error(`/health/live is answered ${status}`);
}

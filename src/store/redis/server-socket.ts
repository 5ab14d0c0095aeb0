import { type Socket, connect } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { NodeAddress } from "./redis-url.ts";

export interface SocketSettings {
  /** Present: speak TLS. `ca` is PEM text of the authorities to trust beside the usual ones' default. */
  readonly tls?: { readonly ca?: string };
  /** How long to try to connect. */
  readonly connectMs: number;
}

/** A server behind a firewall that forgot the connection is noticed; probes of our own notice it sooner. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 };

/** A connected socket, for TLS with the server's certificate and name checked. Throws why there is none. */
export function openSocket(address: NodeAddress, settings: SocketSettings): Promise<Socket> {
  const { tls, connectMs } = settings;
  const options = { ...address, ...KEEP_ALIVE, noDelay: true };
  // node:tls hands them on to node:net, and its types do not say so.
  const socket = tls ? connectTls({ ...options, ...tls } as ConnectionOptions) : connect(options);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`not connected in ${connectMs} ms`)), connectMs);
    // Stays: an error that nobody listens for ends the process.
    socket.on("error", fail);
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

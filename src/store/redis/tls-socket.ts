import { type ConnectionOptions, type TLSSocket, connect } from "node:tls";
import type { NodeAddress } from "./redis-url.ts";

/** `ca` is PEM text of the authorities to trust beside the usual ones' default. */
export interface TlsSettings {
  readonly ca?: string;
}

/** A server behind a firewall that forgot the connection is noticed; probes of our own notice it sooner. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 };

/** A connected socket with the server's certificate and name checked. Throws why there is none within `ms`. */
export function openTlsSocket(
  address: NodeAddress,
  tls: TlsSettings,
  ms: number,
): Promise<TLSSocket> {
  const options = { ...address, ...KEEP_ALIVE, ...tls, noDelay: true };
  // node:tls hands them on to node:net, and its types do not say so.
  const socket = connect(options as ConnectionOptions);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`not connected in ${ms} ms`)), ms);
    // Stays: an error that nobody listens for ends the process.
    socket.on("error", fail);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

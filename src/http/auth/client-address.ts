import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.process>;

/** The proxies whose X-Forwarded-For is believed. */
export interface TrustedProxies {
  readonly networks: readonly ReturnType<typeof ipaddr.parseCIDR>[];
  /** Whether whoever connects to the unix socket is one. */
  readonly socket: boolean;
}

export const NO_TRUSTED_PROXIES: TrustedProxies = { networks: [], socket: false };

/** Reads addresses and networks separated by commas, and `unix` for the socket. Undefined: not such a list. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  const parts = text.split(",").map((part) => part.trim());
  const networks = parts.filter((part) => part !== "unix").map(parseNetwork);
  if (networks.some((network) => network === undefined)) return undefined;
  return {
    networks: networks.filter((network) => network !== undefined),
    socket: parts.includes("unix"),
  };
}

/**
 * Names the client behind a request, for limits: the socket's address, or, when that is a trusted proxy, the last
 * address in X-Forwarded-For that is not one. IPv6 is cut to its /64, which one client has whole; IPv4 in IPv6 is IPv4.
 */
export function clientOf(
  headers: Headers,
  peerAddress: string | undefined,
  trusted: TrustedProxies,
): string {
  if (peerAddress === undefined && !trusted.socket) return "unix socket";
  const path = forwardedFor(headers);
  let client = peerAddress === undefined ? undefined : parseAddress(peerAddress);
  while (path.length > 0 && (client === undefined || isTrusted(client, trusted))) {
    const before = parseAddress(path.pop() ?? "");
    if (before === undefined) break;
    client = before;
  }
  return client === undefined ? "unknown" : nameOf(client);
}

function forwardedFor(headers: Headers): string[] {
  const header = headers.get("x-forwarded-for");
  return header === null ? [] : header.split(",").map((part) => part.trim());
}

function isTrusted(address: Address, { networks }: TrustedProxies): boolean {
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}

function nameOf(address: Address): string {
  if (address.kind() === "ipv4") return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

function parseAddress(text: string): Address | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function parseNetwork(text: string): ReturnType<typeof ipaddr.parseCIDR> | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = parseAddress(text);
  return address && [address, address.kind() === "ipv4" ? 32 : 128];
}

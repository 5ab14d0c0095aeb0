import { describe, expect, test } from "bun:test";
import { clientOf, parseTrustedProxies } from "./client-address.ts";

function client(peer: string | undefined, forwardedFor?: string, trusted?: string): string {
  const headers = new Headers(
    forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor },
  );
  const proxies = trusted === undefined ? undefined : parseTrustedProxies(trusted);
  return clientOf(headers, peer, proxies ?? { networks: [], socket: false });
}

describe("the client", () => {
  test("is the socket's address, whatever X-Forwarded-For says", () => {
    expect(client("192.0.2.1", "198.51.100.1")).toBe("192.0.2.1");
  });

  test("is the last address that no trusted proxy has", () => {
    const trusted = "10.0.0.0/8, 192.0.2.1";
    expect(client("192.0.2.1", "6.6.6.6, 198.51.100.7, 10.1.2.3", trusted)).toBe("198.51.100.7");
    expect(client("192.0.2.1", "10.0.0.9", trusted)).toBe("10.0.0.9");
    expect(client("192.0.2.1", undefined, trusted)).toBe("192.0.2.1");
  });

  test("is not read past something that is no address", () => {
    expect(client("10.0.0.1", "198.51.100.7, unknown", "10.0.0.0/8")).toBe("10.0.0.1");
  });

  test("is the /64 of an IPv6 address, in one spelling", () => {
    const spellings = ["2001:db8:1:2::1", "2001:0DB8:0001:0002:ffff::9"];
    expect(new Set(spellings.map((peer) => client(peer)))).toEqual(new Set(["2001:db8:1:2::/64"]));
  });

  test("is IPv4 also when written as IPv6", () => {
    expect(client("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(client("::ffff:10.0.0.1", "198.51.100.7", "10.0.0.0/8")).toBe("198.51.100.7");
  });

  test("of a unix socket is one, unless the socket is a trusted proxy", () => {
    expect(client(undefined, "198.51.100.7")).toBe("unix socket");
    expect(client(undefined, "198.51.100.7", "unix")).toBe("198.51.100.7");
    expect(client(undefined, undefined, "unix")).toBe("unknown");
  });
});

test.each(["", "10.0.0.0/33", "proxy.example.org", "10.0.0.1;10.0.0.2", "10.0.0.1,,10.0.0.2"])(
  "%p is no list of proxies",
  (text) => expect(parseTrustedProxies(text)).toBeUndefined(),
);

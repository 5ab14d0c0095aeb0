import {
  NO_TRUSTED_PROXIES,
  type TrustedProxies,
  parseTrustedProxies,
} from "../http/auth/client-address.ts";
import type { SettingReader } from "./setting-reader.ts";

/** What browsers and gateways before the service need to be told, or be believed. */
export interface GatewaySettings {
  readonly publicOrigin?: string;
  readonly trustedProxies: TrustedProxies;
  readonly check: { readonly deadlineMs: number; readonly forwardsToken: boolean };
}

export function readGateways(reader: SettingReader): GatewaySettings {
  const publicOrigin = readPublicOrigin(reader);
  return {
    ...(publicOrigin === undefined ? {} : { publicOrigin }),
    trustedProxies: readTrustedProxies(reader),
    check: {
      deadlineMs: reader.wholeNumber("SESSION_CHECK_DEADLINE_MS"),
      forwardsToken: reader.choice("SESSION_CHECK_FORWARD_TOKEN", ["0", "1"]) === "1",
    },
  };
}

function readPublicOrigin(reader: SettingReader): string | undefined {
  const text = reader.text("SESSION_PUBLIC_ORIGIN");
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.origin === text.toLowerCase()) return url.origin;
  reader.refuse("SESSION_PUBLIC_ORIGIN", "is not an origin", "https://host or https://host:port");
  return undefined;
}

function readTrustedProxies(reader: SettingReader): TrustedProxies {
  const text = reader.text("SESSION_TRUSTED_PROXIES");
  if (text === undefined) return NO_TRUSTED_PROXIES;
  const proxies = parseTrustedProxies(text);
  if (proxies) return proxies;
  reader.refuse("SESSION_TRUSTED_PROXIES", "is not such a list", "10.0.0.0/8,192.0.2.1,unix");
  return NO_TRUSTED_PROXIES;
}

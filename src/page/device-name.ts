import { parse } from "bowser";
import type { DeviceKind } from "./model.ts";

export interface DeviceDescription {
  readonly device_name: string;
  readonly device_kind: DeviceKind;
}

const UNKNOWN: DeviceDescription = { device_name: "Unknown device", device_kind: "unknown" };
// Longer ones are garbage, and parsing is a row of regular expressions.
const MAX_LENGTH = 512;
// Names come from the user agent, so from anybody: only plain ones are repeated.
// "Mozilla" is what every browser calls itself first.
const PLAIN_NAME = /^(?!Mozilla$)[A-Za-z][\w .+-]{0,39}$/;
// RFC 9110 section 10.1.5: product/version. Programs send this where browsers send "Mozilla/5.0 (…)".
const PRODUCT = /^([A-Za-z][\w.+-]*(?: [A-Za-z][\w.+-]*)?)\//;
const TOOLS =
  /^(?:curl|wget|python|python-requests|python-httpx|go-http-client|okhttp|postmanruntime|insomnia|node|undici|node-fetch|axios|bun|deno|httpie|dart|java|apache-httpclient|libwww-perl|ruby|guzzlehttp|powershell)$/i;
const SHORT_NAMES: Readonly<Record<string, string>> = {
  "Microsoft Edge": "Edge",
  "Samsung Internet for Android": "Samsung Internet",
  "Google Search": "Google app",
};
const KINDS: Readonly<Record<string, DeviceKind>> = {
  desktop: "desktop",
  mobile: "phone",
  tablet: "tablet",
  bot: "bot",
};

/** A readable name for the device that sent this User-Agent header, for people who try to recognise their own. */
export function describeDevice(userAgent: string | undefined): DeviceDescription {
  const text = userAgent?.slice(0, MAX_LENGTH).trim() ?? "";
  // bowser throws on "".
  if (text === "") return UNKNOWN;
  const { browser, os, platform } = parse(text);
  const program = text.startsWith("Mozilla/") ? shortName(browser.name) : productName(text);
  const system = platform.model?.startsWith("iP") === true ? platform.model : plain(os.name);
  const device_name = [program, system].filter((part) => part !== undefined).join(" on ");
  if (device_name === "") return UNKNOWN;
  return { device_name, device_kind: kindOf(platform.type, program, system) };
}

function productName(text: string): string | undefined {
  if (TOOLS.test(text)) return text;
  return plain(PRODUCT.exec(text)?.[1]?.replace(/ CFNetwork$/, ""));
}

function shortName(name: string | undefined): string | undefined {
  return plain(SHORT_NAMES[name ?? ""] ?? name);
}

function plain(name: string | null | undefined): string | undefined {
  return typeof name === "string" && PLAIN_NAME.test(name) ? name : undefined;
}

function kindOf(
  type: string | undefined,
  program: string | undefined,
  system: string | undefined,
): DeviceKind {
  if (program !== undefined && TOOLS.test(program)) return "bot";
  return KINDS[type ?? ""] ?? (system === "Chrome OS" ? "desktop" : "unknown");
}

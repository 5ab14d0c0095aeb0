import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { ListenAddress } from "../http/server.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SettingName } from "./settings.ts";

export function readListen(reader: SettingReader): ListenAddress {
  const port = readPort(reader);
  const tls = readTls(reader);
  const path = reader.text("SESSION_SOCKET");
  const host = reader.text("SESSION_HOST") ?? "";
  if (!/^[A-Za-z0-9._:%-]+$/.test(host))
    reader.refuse("SESSION_HOST", "is not an address", "an IP address or a host name");
  if (path === undefined) return { kind: "tcp", host, port, ...(tls ? { tls } : {}) };
  if (Buffer.byteLength(path) > 107)
    reader.refuse("SESSION_SOCKET", "is too long", "a path of at most 107 bytes");
  if (tls)
    reader.refuse("SESSION_SOCKET", "is set with TLS", "one of SESSION_SOCKET and SESSION_TLS_…");
  return { kind: "socket", path };
}

function readPort(reader: SettingReader): number {
  const useAlias = !reader.isSet("SESSION_PORT") && reader.isSet("SERVICE_PORT");
  return reader.wholeNumber(useAlias ? "SERVICE_PORT" : "SESSION_PORT");
}

function readTls(reader: SettingReader): { cert: string; key: string } | undefined {
  const cert = readPem(reader, "SESSION_TLS_CERT_FILE");
  const key = readPem(reader, "SESSION_TLS_KEY_FILE");
  const certIsSet = reader.isSet("SESSION_TLS_CERT_FILE");
  if (certIsSet !== reader.isSet("SESSION_TLS_KEY_FILE")) {
    const [name, missing]: [SettingName, SettingName] = certIsSet
      ? ["SESSION_TLS_CERT_FILE", "SESSION_TLS_KEY_FILE"]
      : ["SESSION_TLS_KEY_FILE", "SESSION_TLS_CERT_FILE"];
    reader.refuse(name, `is set without ${missing}`, "both or none");
  }
  if (cert === undefined || key === undefined) return undefined;
  try {
    createSecureContext({ cert, key });
  } catch {
    reader.refuse("SESSION_TLS_KEY_FILE", "and SESSION_TLS_CERT_FILE do not fit", "a PEM pair");
  }
  return { cert, key };
}

/** The text of the file a setting names; undefined, and a mistake noted, when it cannot be read. */
export function readPem(reader: SettingReader, name: SettingName): string | undefined {
  const path = reader.text(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch {
    reader.refuse(name, "cannot be read", "a file the service may read");
    return undefined;
  }
}

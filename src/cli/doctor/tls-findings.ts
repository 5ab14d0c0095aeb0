import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Config } from "../../config.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** Whether the certificate is good now, and of the name that browsers use. */
export function tlsFindings({ listen, publicOrigin }: Config, now: number): readonly Finding[] {
  if (listen.kind === "socket" || !listen.tls) return [ok("TLS", withoutTls(publicOrigin))];
  const certificate = new X509Certificate(listen.tls.cert);
  return [dateFinding(certificate, now), nameFinding(certificate, publicOrigin)].flatMap(
    (finding) => finding ?? [],
  );
}

function withoutTls(publicOrigin: string | undefined): string {
  return publicOrigin?.startsWith("https:")
    ? "ended by what stands before the service"
    : "none is set up";
}

function dateFinding({ validFrom, validTo }: X509Certificate, now: number): Finding {
  const left = Date.parse(validTo) - now;
  const renew = "renew it and restart the service: it is read at the start";
  if (left <= 0) return problem("TLS", `the certificate ended on ${validTo}`, renew);
  if (Date.parse(validFrom) > now)
    return problem("TLS", `the certificate begins on ${validFrom} only`, "look at the clock");
  if (left < SOON_MS)
    return warning("TLS", `the certificate ends in ${Math.floor(left / DAY_MS)} days`, renew);
  return ok("TLS", `the certificate is good until ${validTo}`);
}

function nameFinding(
  certificate: X509Certificate,
  publicOrigin: string | undefined,
): Finding | undefined {
  if (publicOrigin === undefined) return undefined;
  const { hostname } = new URL(publicOrigin);
  const isFor =
    isIP(hostname) > 0 ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
  if (isFor !== undefined) return undefined;
  return problem(
    "TLS",
    `the certificate is not for ${hostname}`,
    "get one for it, or correct SESSION_PUBLIC_ORIGIN",
  );
}

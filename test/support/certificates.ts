import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes a certificate authority and a server certificate for 127.0.0.1, ::1 and localhost in `dir`, good for a day. */
export async function makeCertificates(dir: string): Promise<CertificateFiles> {
  mkdirSync(dir, { recursive: true });
  const caFile = join(dir, "ca.pem");
  const caKeyFile = join(dir, "ca-key.pem");
  const certFile = join(dir, "cert.pem");
  const keyFile = join(dir, "key.pem");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const fresh = ["req", "-x509", ...curve, "-days", "1"];
  const signed = ["-CA", caFile, "-CAkey", caKeyFile];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"];
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
  await openssl([...fresh, "-subj", "/CN=Test CA"], caKeyFile, caFile);
  const args = [...fresh, "-subj", "/CN=localhost", ...signed, ...names, ...leaf];
  await openssl(args, keyFile, certFile);
  return { caFile, certFile, keyFile };
}

async function openssl(args: readonly string[], keyFile: string, outFile: string): Promise<void> {
  const path = Bun.which("openssl");
  if (path === null) {
    throw new Error("The TLS tests need openssl. Type: sudo apt-get install --yes openssl");
  }
  const child = Bun.spawn([path, ...args, "-keyout", keyFile, "-out", outFile], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const complaint = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`openssl failed: ${complaint}`);
}

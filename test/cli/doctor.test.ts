import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { makeCertificates } from "../support/certificates.ts";
import { type Environment, runCommand, typed } from "../support/command-line.ts";
import { filledDatabase } from "../support/filled-database.ts";
import { startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

interface Finding {
  readonly mark: string;
  readonly about: string;
  readonly text: string;
  readonly mend?: string;
}

describe("the doctor", () => {
  test("finds a running service well: each line says ok, exit code 0", async () => {
    using dir = temporaryDirectory();
    const port = String(await freePort());
    const settings = { SESSION_STORE: "sqlite:sessions.db", SESSION_PORT: port };
    await using program = await startProgram({ dir: dir.path, settings });
    const { exitCode, stdout } = await runCommand(["doctor"], {
      dir: dir.path,
      environment: settings,
    });
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("ok "))).toEqual([]);
    expect(stdout).toMatch(/store: sqlite:sessions\.db, 0 sessions, in use by a running service\n/);
    expect(stdout).toContain('service: 200 {"status":"ok"');
    expect(program.hasExited).toBe(false);
  });

  test("tells every mistake of the settings with what to mend, exit code 6", async () => {
    const { exitCode, findings } = await examined({ SESSION_PORT: "x", SESSION_STOER: "y" });
    expect(exitCode).toBe(EXIT.differs.code);
    expect(findings.map(({ mark, about }) => [mark, about])).toEqual([
      ["problem", "settings"],
      ["problem", "settings"],
    ]);
    expect(findings[0]?.text).toContain("did you mean SESSION_STORE?");
    expect(findings[0]?.mend).toContain("--help");
  });

  test("tells of secret files that others can read", async () => {
    using dir = temporaryDirectory();
    const database = await filledDatabase(dir.path, 2);
    chmodSync(`${database}.key`, 0o644);
    const { exitCode, findings } = await examined({ SESSION_STORE: `sqlite:${database}` });
    expect(exitCode).toBe(EXIT.differs.code);
    expect(findings).toContainEqual({
      mark: "problem",
      about: "permissions",
      text: `${database}.key is open to everybody (644)`,
      mend: `chmod 600 ${database}.key`,
    });
  });

  test("asks Redis for its time and its state, and warns of plain tokens", async () => {
    await using redis = await startRedisServer();
    const { exitCode, findings } = await examined({ SESSION_STORE: redis.url });
    expect(exitCode).toBe(0);
    expect(findings).toContainEqual(
      expect.objectContaining({ mark: "warning", about: "encryption" }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ mark: "ok", about: "clock" }));
  });

  test("finds a Redis that is away, and a damaged database, to be a problem", async () => {
    using dir = temporaryDirectory();
    const path = join(dir.path, "x.db");
    await Bun.write(path, "x".repeat(5000));
    await Bun.write(`${path}.key`, Buffer.alloc(32).toString("base64url"));
    for (const [store, why] of [
      ["redis://127.0.0.1:9", "127.0.0.1:9 is not connected"],
      [`sqlite:${path}`, "file is not a database"],
    ] as const) {
      const { exitCode, findings } = await examined({ SESSION_STORE: store });
      expect(exitCode).toBe(EXIT.differs.code);
      const text = expect.stringContaining(why);
      expect(findings).toContainEqual(
        expect.objectContaining({ mark: "problem", about: "store", text }),
      );
    }
  });

  test("reads the certificate: how long it is good, and for whom", async () => {
    using dir = temporaryDirectory();
    const { certFile, keyFile } = await makeCertificates(dir.path);
    const environment = {
      SESSION_STORE: "memory:",
      SESSION_TLS_CERT_FILE: certFile,
      SESSION_TLS_KEY_FILE: keyFile,
      SESSION_PUBLIC_ORIGIN: "https://app.example.org",
    };
    const { findings } = await examined(environment);
    expect(findings.filter(({ about }) => about === "TLS")).toEqual([
      expect.objectContaining({ mark: "warning", text: "the certificate ends in 0 days" }),
      expect.objectContaining({
        mark: "problem",
        text: "the certificate is not for app.example.org",
      }),
    ]);
  });
});

async function examined(environment: Environment) {
  const { exitCode, output } = await typed(["doctor", "--json"], { environment });
  const { findings } = JSON.parse(output) as { readonly findings: readonly Finding[] };
  return { exitCode, findings };
}

async function freePort(): Promise<number> {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

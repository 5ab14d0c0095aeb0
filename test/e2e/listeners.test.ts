import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificates } from "../support/certificates.ts";
import { HalfRequest } from "../support/half-request.ts";
import { type ProgramOptions, runProgram, startProgram } from "../support/program.ts";
import { shell } from "../support/shell.ts";
import { size } from "../support/size.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const IN_MEMORY = { SESSION_STORE: "memory:" };

describe("TLS", () => {
  test("is served with the configured certificate, and healthcheck follows", async () => {
    using dir = temporaryDirectory();
    const { caFile, certFile, keyFile } = await makeCertificates(dir.path);
    const tls = { SESSION_TLS_CERT_FILE: certFile, SESSION_TLS_KEY_FILE: keyFile };
    await using program = await startProgram({ settings: { ...IN_MEMORY, ...tls } });
    expect(program.url).toStartWith("https://");
    const list = await shell(`curl -sS --cacert ${caFile} '${program.url}/session?user_id=u'`);
    expect(JSON.parse(list.stdout)).toEqual({ user_id: "u", sessions: [] });
    const { stdout: head } = await shell(`curl -sSI --cacert ${caFile} ${program.origin}/docs`);
    expect(head.toLowerCase()).toContain("strict-transport-security: max-age=31536000\r\n");
    const { port } = new URL(program.url);
    const health = await runProgram({
      args: ["healthcheck"],
      settings: { ...tls, SESSION_PORT: port },
    });
    expect(health.exitCode).toBe(0);
  });

  test("older than 1.2 is refused", async () => {
    using dir = temporaryDirectory();
    const { certFile, keyFile } = await makeCertificates(dir.path);
    const tls = { SESSION_TLS_CERT_FILE: certFile, SESSION_TLS_KEY_FILE: keyFile };
    await using program = await startProgram({ settings: { ...IN_MEMORY, ...tls } });
    const { host } = new URL(program.url);
    const handshake = (version: string) =>
      shell(`echo | openssl s_client -connect ${host} ${version} -cipher DEFAULT@SECLEVEL=0`);
    expect((await handshake("-tls1_2")).stdout).toContain("Protocol  : TLSv1.2");
    expect((await handshake("-tls1_1")).exitCode).not.toBe(0);
    expect((await handshake("-tls1")).exitCode).not.toBe(0);
  });
});

describe("a unix socket", () => {
  test("serves the API to its owner alone", async () => {
    using dir = temporaryDirectory();
    const path = join(dir.path, "s.sock");
    await using program = await startProgram({ settings: { ...IN_MEMORY, SESSION_SOCKET: path } });
    expect(program.url).toBe(`unix:${path}/a01`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const curl = `curl -sS --unix-socket ${path} http://localhost/a01/session?user_id=u`;
    expect(JSON.parse((await shell(curl)).stdout)).toEqual({ user_id: "u", sessions: [] });
    const settings = { SESSION_SOCKET: path };
    expect((await runProgram({ args: ["healthcheck"], settings })).exitCode).toBe(0);
  });

  test("with API keys lets its group in, who still need a key", async () => {
    using dir = temporaryDirectory();
    const path = join(dir.path, "s.sock");
    const key = `k:read:${"0".repeat(64)}`;
    const settings = { ...IN_MEMORY, SESSION_SOCKET: path, SESSION_API_KEYS: key };
    await using program = await startProgram({ settings });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const curl = `curl -sS --unix-socket ${path} http://localhost/a01/session?user_id=u`;
    expect(JSON.parse((await shell(curl)).stdout)).toMatchObject({ code: "unauthenticated" });
    await program.stop();
    const [request] = program.lines.filter(({ event }) => event === "request");
    expect(request).toMatchObject({ status: 401 });
  });

  test("that a killed service left behind is replaced, one that is answered is not", async () => {
    using dir = temporaryDirectory();
    const path = join(dir.path, "s.sock");
    await using program = await startProgram({ settings: { ...IN_MEMORY, SESSION_SOCKET: path } });
    const second = { settings: { ...IN_MEMORY, SESSION_SOCKET: path } };
    await expectNotStarted(second, `${path} is in use by another program`);
    await program.kill();
    await program.start();
  });

  test("never replaces a file that is something else", async () => {
    using dir = temporaryDirectory();
    const path = join(dir.path, "precious.txt");
    writeFileSync(path, "mine");
    const options = { settings: { ...IN_MEMORY, SESSION_SOCKET: path } };
    await expectNotStarted(options, `${path} exists and is not a socket`);
    expect(await Bun.file(path).text()).toBe("mine");
  });
});

describe("a start that cannot succeed ends with exit code 1 and one clear line", () => {
  test("when the port is taken", async () => {
    await using program = await startProgram({ settings: IN_MEMORY });
    const { port } = new URL(program.url);
    const line = `127.0.0.1 port ${port} is in use by another program; stop that, or choose another`;
    await expectNotStarted({ settings: { ...IN_MEMORY, SESSION_PORT: port } }, line);
  });

  test("when another process owns the database", async () => {
    await using program = await startProgram();
    await expectNotStarted({ dir: program.dir }, "sessions.db");
  });

  test("when the address is not one of this machine", async () => {
    const settings = { ...IN_MEMORY, SESSION_HOST: "192.0.2.1", SESSION_AUTH: "off" };
    await expectNotStarted({ settings }, "cannot listen on 192.0.2.1 port 0");
  });
});

// A minute of waiting, so only in the full verification.
if (size(0, 1) === 1)
  describe("a client that is too slow", () => {
    test("to send its body is cut off within half a minute, and others are answered meanwhile", async () => {
      await using program = await startProgram({ settings: IN_MEMORY });
      const startedAt = performance.now();
      const slow = await HalfRequest.begin(program.origin, "/a01/session", { user_id: "user007" });
      expect((await fetch(`${program.url}/session?user_id=u`)).status).toBe(200);
      expect(await slow.answer()).not.toContain("HTTP/1.1 201");
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    });

    test("to send its head is cut off as well", async () => {
      await using program = await startProgram({ settings: IN_MEMORY });
      const startedAt = performance.now();
      const { port } = new URL(program.origin);
      const line = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET / HTTP/1.1\\r\\nHost:' >&3; cat <&3`;
      await shell(`bash -c '${line.replaceAll("'", `"`)}'`);
      const waitedMs = performance.now() - startedAt;
      expect(waitedMs).toBeGreaterThan(1000);
      expect(waitedMs).toBeLessThan(30_000);
    });
  });

async function expectNotStarted(options: ProgramOptions, line: string): Promise<void> {
  const { exitCode, stderr } = await runProgram(options);
  expect(stderr).toContain(line);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(exitCode).toBe(1);
}

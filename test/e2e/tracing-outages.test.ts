import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:net";
import { Api } from "../support/api.ts";
import { startProgram } from "../support/program.ts";
import { freePort } from "../support/redis-server.ts";
import { SAMPLED, startTraced } from "../support/traced-program.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

describe("with a collector", () => {
  test("that is down, requests are answered as ever, and one line says that spans are lost", async () => {
    await using program = await startTraced(`http://127.0.0.1:${await freePort()}`, {
      OTEL_EXPORTER_OTLP_TIMEOUT: "100",
    });
    const lost = () => program.lines.filter(({ event }) => event === "tracing_unreachable");
    const api = new Api(program.url);
    await until(
      async () => {
        expect((await api.create("user007")).status).toBe(201);
        return lost().length > 0;
      },
      { what: "a line says that spans are lost", withinMs: 15_000, everyMs: 50 },
    );
    for (let i = 0; i < 5; i++) expect((await api.create("user007")).status).toBe(201);
    expect(lost()).toHaveLength(1);
    expect(await program.stop()).toBe(0);
  });

  test("that answers nothing, a stop does not wait for it", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await until(() => silent.address() !== null, { what: "it listens", withinMs: 5000 });
    const { port } = silent.address() as { port: number };
    await using program = await startTraced(`http://127.0.0.1:${port}`);
    expect((await new Api(program.url).create("user007")).status).toBe(201);
    const startedAt = performance.now();
    expect(await program.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(6000);
    silent.close();
  });
});

test("without a collector a traceparent leaves no mark", async () => {
  await using program = await startProgram({ settings: { SESSION_STORE: "memory:" } });
  await new Api(program.url).call("POST", "/session", {
    body: { user_id: "u" },
    headers: SAMPLED,
  });
  await program.stop();
  expect(program.stdout).toContain("session_created");
  expect(program.stdout).not.toContain("trace_id");
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { HalfRequest } from "../support/half-request.ts";
import { type Program, startProgram } from "../support/program.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

describe("SIGTERM", () => {
  test("lets the requests in flight end, and the exit code is 0", async () => {
    await using program = await startProgram();
    const request = await beginCreate(program);
    program.signal("SIGTERM");
    await logged(program, "stopping");
    request.sendRest();
    expect(await request.answer()).toStartWith("HTTP/1.1 201 ");
    expect(await program.exited()).toBe(0);
    expect(program.lines.at(-1)).toMatchObject({ event: "stopped" });
  });

  test("ends the connections: an answer on the way out says so", async () => {
    await using program = await startProgram();
    const request = await beginCreate(program);
    program.signal("SIGTERM");
    await logged(program, "stopping");
    request.sendRest();
    expect((await request.answer()).toLowerCase()).toContain("connection: close");
  });

  test("cuts off what takes longer than SESSION_DRAIN_SEC, says so, and the exit code is 0", async () => {
    await using program = await startProgram({ settings: { SESSION_DRAIN_SEC: "1" } });
    const request = await beginCreate(program);
    program.signal("SIGTERM");
    expect(await request.answer()).toBe("");
    expect(await program.exited()).toBe(0);
    expect(program.lines.map((line) => line["event"])).toContain("cut_off");
  });

  test("under load: what was taken is answered, so just what was answered is stored", async () => {
    await using program = await startProgram({ settings: { SESSION_MAX_PER_USER: "1000" } });
    const created: string[] = [];
    const callers = Array.from({ length: 16 }, (_, caller) =>
      createUntilRefused(program, `user-${caller}`, created),
    );
    await until(() => created.length > 200, { what: "sessions are created", withinMs: 20_000 });
    expect(await program.stop()).toBe(0);
    expect(new Set(await Promise.all(callers))).toEqual(new Set(["no connection"]));
    await program.start();
    const api = new Api(program.url);
    const lists = await Promise.all(callers.map((_, caller) => api.list(`user-${caller}`)));
    const stored = lists.flatMap(({ body }) => body["sessions"] as { session_id: string }[]);
    expect(stored.map((session) => session.session_id).toSorted()).toEqual(created.toSorted());
  });

  test("a second signal ends it at once, with exit code 1", async () => {
    await using program = await startProgram({ settings: { SESSION_DRAIN_SEC: "600" } });
    await beginCreate(program);
    program.signal("SIGTERM");
    await logged(program, "stopping");
    await until(() => hasEndedBy(program, "SIGINT"), { what: "it has ended", withinMs: 5000 });
    expect(await program.exited()).toBe(1);
  });

  test("twice at once, as Ctrl+C under npm sends it, is one: the requests in flight end", async () => {
    await using program = await startProgram();
    const request = await beginCreate(program);
    program.signal("SIGINT");
    program.signal("SIGINT");
    await logged(program, "stopping");
    request.sendRest();
    expect(await request.answer()).toStartWith("HTTP/1.1 201 ");
    expect(await program.exited()).toBe(0);
  });

  test("during the start lets the start finish first, and the exit code is 0", async () => {
    await using program = await startProgram();
    program.signal("SIGINT");
    expect(await program.exited()).toBe(0);
  });
});

/** A create that is known to be in flight: the service counts it. */
async function beginCreate(program: Program): Promise<HalfRequest> {
  const request = await HalfRequest.begin(program.origin, "/a01/session", { user_id: "user007" });
  const inFlight = async () => {
    const text = await (await fetch(`${program.origin}/metrics`)).text();
    return Number(/^session_http_requests_in_flight (\d+)/m.exec(text)?.[1]);
  };
  await until(async () => (await inFlight()) === 2, { what: "it is in flight", withinMs: 5000 });
  return request;
}

/** Sends the signal, and again each time it is asked, until the process is gone. */
function hasEndedBy(program: Program, signal: NodeJS.Signals): boolean {
  if (program.hasExited) return true;
  program.signal(signal);
  return false;
}

function logged(program: Program, event: string): Promise<void> {
  return until(() => program.lines.some((line) => line["event"] === event), {
    what: `${event} is logged`,
    withinMs: 5000,
    everyMs: 2,
  });
}

/** Creates sessions until one is not answered 201, and returns what happened then. */
async function createUntilRefused(
  program: Program,
  userId: string,
  created: string[],
): Promise<string> {
  const api = new Api(program.url);
  for (;;) {
    try {
      const { status, body } = await api.create(userId);
      if (status !== 201) return `status ${status}`;
      created.push(String(body["session_id"]));
    } catch (error) {
      return isNoConnection(error) ? "no connection" : String(error);
    }
  }
}

function isNoConnection(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ConnectionRefused" || code === "ECONNREFUSED" || code === "ECONNRESET";
}

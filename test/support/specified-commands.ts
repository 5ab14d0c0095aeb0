import { expect } from "bun:test";
import { shell } from "./shell.ts";

/** The three commands of the specification, as they stand there. */
const COMMANDS = {
  create: `curl http://localhost:8090/a01/session -H "Content-Type: application/json" -X POST -d '{"user_id":"user007"}' -v`,
  get: "curl http://localhost:8090/a01/session/<id> -X GET -v",
  close: "curl http://localhost:8090/a01/session/<id> -X DELETE -v",
} as const;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Types the specified commands one after the other and checks each answer. Only the port differs, if it must. */
export async function expectSpecifiedCommandsToWork(origin: string): Promise<void> {
  const { port } = new URL(origin);
  const type = (command: keyof typeof COMMANDS, id = "") =>
    curl(COMMANDS[command].replace("8090", port).replace("<id>", id));

  const created = await type("create");
  expect(created.status).toBe(201);
  expect(created.body["user_id"]).toBe("user007");
  const id = String(created.body["session_id"]);
  expect(id).toMatch(GUID);

  const got = await type("get", id);
  expect(got.status).toBe(200);
  expect(got.body).toMatchObject({ user_id: "user007", session_id: id });

  const closed = await type("close", id);
  expect(closed).toEqual({ status: 200, body: { session_id: id } });

  const gone = await type("get", id);
  expect(gone.status).toBe(404);
}

/** Runs a curl command that has -v, which tells the status. */
async function curl(line: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { exitCode, stdout, stderr } = await shell(line);
  if (exitCode !== 0) throw new Error(`${line}\nended with ${exitCode}: ${stderr}`);
  // A slow answer has a progress meter on its line.
  const status = Number(/< HTTP\/[\d.]+ (\d{3})/.exec(stderr)?.[1]);
  return { status, body: JSON.parse(stdout) as Record<string, unknown> };
}

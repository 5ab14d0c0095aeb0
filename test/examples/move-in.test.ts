import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Example } from "../support/example.ts";
import { APPLICATION_KEY, applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

let dir: TemporaryDirectory;
let program: Program;
let before: Example;
let during: Example;

beforeAll(async () => {
  dir = temporaryDirectory();
  program = await startKeyedProgram();
  const settings = {
    OLD_SESSIONS: dir.path,
    SESSION_URL: program.url,
    SESSION_API_KEY: APPLICATION_KEY,
  };
  before = await Example.start("move-in", settings, { file: "before.ts" });
  during = await Example.start("move-in", settings);
});
afterAll(async () => {
  await before[Symbol.asyncDispose]();
  await during[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

describe("a user who is logged in by an old session", () => {
  test("stays logged in, by a new session from the first request on", async () => {
    const old = await logInBefore("anna");
    const first = await account(old);
    expect([first.status, first.user]).toEqual([200, "anna"]);
    expect(first.set["__Host-session"]).toStartWith("smt_");
    expect(first.set["connect.sid"]).toBe("");
    const cookie = `__Host-session=${first.set["__Host-session"]}`;
    expect(await account(cookie)).toMatchObject({ status: 200, user: "anna", set: {} });
    expect(await sessionsOf("anna")).toMatchObject([{ device_id: expect.any(String) }]);
  });

  test("gets one session, though a page sends many requests at once", async () => {
    const old = await logInBefore("berta");
    const answers = await Promise.all(Array.from({ length: 6 }, () => account(old)));
    expect(answers.map(({ status, user }) => [status, user])).toEqual(
      Array.from({ length: 6 }, () => [200, "berta"]),
    );
    expect(new Set(answers.map(({ set }) => set["__Host-session"])).size).toBe(1);
    expect(await sessionsOf("berta")).toHaveLength(1);
  });

  test("who logs out stays out, also with the old cookie", async () => {
    const old = await logInBefore("carla");
    const { set } = await account(old);
    const cookie = `${old}; __Host-session=${set["__Host-session"]}`;
    const logout = await fetch(`${during.origin}/logout`, {
      method: "POST",
      headers: { cookie, origin: during.origin, "sec-fetch-site": "same-origin" },
      redirect: "manual",
    });
    expect(logout.status).toBe(303);
    expect((await account(old)).status).toBe(401);
    expect(await sessionsOf("carla")).toEqual([]);
  });

  test("whose session was closed elsewhere does not come back with the old cookie", async () => {
    const old = await logInBefore("dora");
    await account(old);
    await applicationClient(program.origin).closeAll("dora");
    expect((await account(old)).status).toBe(401);
    expect(await sessionsOf("dora")).toEqual([]);
  });

  test("moves once: a minute later the old cookie opens nothing", async () => {
    const old = await logInBefore("emil");
    await account(old);
    makeOlder("emil", 61_000);
    expect((await account(old)).status).toBe(401);
    expect(await sessionsOf("emil")).toHaveLength(1);
  });
});

test("nobody is logged in without an old or a new session, and old sessions are made no more", async () => {
  expect((await account("connect.sid=s%3Aforged.signature")).status).toBe(401);
  const body = "name=frida";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const login = await fetch(`${during.origin}/login`, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
  });
  expect(Object.keys(cookiesOf(login))).toEqual(["__Host-session"]);
});

test("while the session manager is away the answer is 503, and nobody has lost anything", async () => {
  const settings = { OLD_SESSIONS: dir.path, SESSION_URL: "http://127.0.0.1:9/a01" };
  await using cutOff = await Example.start("move-in", settings);
  const old = await logInBefore("gerd");
  const refused = await fetch(`${cutOff.origin}/account`, { headers: { cookie: old } });
  expect(refused.status).toBe(503);
  expect((await account(old)).user).toBe("gerd");
});

/** The old session's cookie of a user who logs in before the move. */
async function logInBefore(name: string): Promise<string> {
  const answer = await fetch(`${before.origin}/login`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `name=${name}`,
    redirect: "manual",
  });
  return `connect.sid=${cookiesOf(answer)["connect.sid"]}`;
}

async function account(cookie: string) {
  const answer = await fetch(`${during.origin}/account`, { headers: { cookie } });
  const { user } = (answer.ok ? await answer.json() : {}) as { user?: string };
  return { status: answer.status, user, set: cookiesOf(answer) };
}

function cookiesOf(answer: Response): Readonly<Record<string, string>> {
  return Object.fromEntries(
    answer.headers.getSetCookie().map((each) => {
      const [pair = ""] = each.split(";");
      return [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    }),
  );
}

async function sessionsOf(user: string): Promise<readonly object[]> {
  return (await applicationClient(program.origin).list(user)).sessions;
}

/** Lets the old session of a user have moved so much earlier. */
function makeOlder(user: string, ms: number): void {
  for (const name of readdirSync(dir.path)) {
    const path = join(dir.path, name);
    const old = JSON.parse(readFileSync(path, "utf8")) as {
      user?: { id: string };
      moved?: { at: number };
    };
    if (old.user?.id !== user || !old.moved) continue;
    writeFileSync(path, JSON.stringify({ ...old, moved: { ...old.moved, at: old.moved.at - ms } }));
  }
}

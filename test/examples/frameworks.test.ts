import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Example } from "../support/example.ts";
import { APPLICATION_KEY, applicationClient, startKeyedProgram } from "../support/keyed-program.ts";
import type { Program } from "../support/program.ts";
import { Visitor } from "../support/visitor.ts";

setDefaultTimeout(60_000);

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** The examples that log in by a form, and the page that tells who is logged in. */
const EXAMPLES = [
  { name: "express", account: "/account" },
  { name: "hono", account: "/account/devices" },
];

let program: Program;
beforeAll(async () => {
  program = await startKeyedProgram();
});
afterAll(() => program[Symbol.asyncDispose]());

describe.each(EXAMPLES)("examples/$name", ({ name, account }) => {
  let example: Example;
  beforeAll(async () => {
    const settings = { SESSION_URL: program.url, SESSION_API_KEY: APPLICATION_KEY };
    example = await Example.start(name, settings);
  });
  afterAll(() => example[Symbol.asyncDispose]());

  const signIn = async (fields: string): Promise<Visitor> => {
    const visitor = new Visitor(example.origin);
    const answer = await visitor.post("/login", FORM, fields);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, account]);
    expect(visitor.cookie).toStartWith("__Host-session=smt_");
    return visitor;
  };

  test("shows its form to everybody, and the account to nobody who is not logged in", async () => {
    const visitor = new Visitor(example.origin);
    expect(await (await visitor.get("/")).text()).toContain('action="/login"');
    const refused = await visitor.get(account, {
      accept: "text/html",
      "sec-fetch-mode": "navigate",
    });
    expect([refused.status, refused.headers.get("location")]).toEqual([302, "/"]);
    expect((await visitor.get(account)).status).toBe(401);
  });

  test("logs in by its form, knows the user, and logs out for good", async () => {
    const visitor = await signIn("name=anna");
    const { cookie } = visitor;
    expect(await (await visitor.get(account)).json()).toMatchObject({ user: "anna" });
    const logout = await visitor.post("/logout", { origin: example.origin });
    expect([logout.status, visitor.cookie]).toEqual([303, ""]);
    expect((await visitor.get(account, { cookie })).status).toBe(401);
  });

  test("refuses a form of another site", async () => {
    const visitor = await signIn("name=carla");
    const forged = await visitor.post("/logout", { "sec-fetch-site": "cross-site" });
    expect(forged.status).toBe(403);
    expect((await visitor.get(account)).status).toBe(200);
  });

  test("lets nobody in when the service closed the session elsewhere", async () => {
    const visitor = await signIn("name=dora");
    await applicationClient(program.origin).closeAll("dora");
    expect((await visitor.get(account)).status).toBe(401);
  });

  test("asks for a name", async () => {
    expect((await new Visitor(example.origin).post("/login", FORM, "name=")).status).toBe(400);
  });

  if (name === "express")
    test("signs out everywhere else, and not here", async () => {
      const [first, second] = [await signIn("name=bert"), await signIn("name=bert")];
      expect(await (await second.get(account)).json()).toMatchObject({ sessions: 2 });
      const closed = await second.post("/account/close-others", { origin: example.origin });
      expect(await closed.json()).toEqual({ closed: 1 });
      expect((await first.get(account)).status).toBe(401);
      expect((await second.get(account)).status).toBe(200);
    });

  if (name === "hono")
    test("replaces the session of the same device, and lists the others", async () => {
      const before = await signIn("name=emil&device=phone");
      await signIn("name=emil&device=laptop");
      const now = await signIn("name=emil&device=phone");
      expect((await before.get(account)).status).toBe(401);
      const { devices } = (await (await now.get(account)).json()) as { devices: object[] };
      expect(devices).toHaveLength(2);
      expect(devices).toContainEqual(expect.objectContaining({ device: "phone", current: true }));
    });
});

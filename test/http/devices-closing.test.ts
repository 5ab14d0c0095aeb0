import { describe, expect, test } from "bun:test";
import { SessionError } from "../../src/session/errors.ts";
import type { SessionId } from "../../src/session/id.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { expectProblem } from "../support/answer.ts";
import { DevicesBrowser } from "../support/devices-browser.ts";
import { FailingStore } from "../support/failing-store.ts";
import { listedIds } from "../support/listed-ids.ts";
import { ServedApp } from "../support/serve-app.ts";

const CLEARED = "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";

/** Three sessions of a user, the first of them the browser's, and one of somebody else. */
async function served(app: ServedApp) {
  const [own, phone, tablet] = [await app.create(), await app.create(), await app.create()];
  const foreign = await app.create({ user_id: "somebody else" });
  return { own, phone, tablet, foreign, browser: new DevicesBrowser(app, own) };
}

describe("the page's script", () => {
  test("closes another session and is given the list without it", async () => {
    await using app = new ServedApp();
    const { own, phone, tablet, browser } = await served(app);
    const { closed, list } = await browser.performed("close", { session_id: phone.session_id });
    expect(closed).toBe(1);
    const ids = list?.sessions.map(({ session_id }) => session_id) ?? [];
    expect(ids.toSorted()).toEqual([own.session_id, tablet.session_id].toSorted());
    expect((await new DevicesBrowser(app, phone).read()).status).toBe(401);
  });

  test("closes all others and stays signed in", async () => {
    await using app = new ServedApp();
    const { own, foreign, browser } = await served(app);
    const answer = await browser.perform("close-others");
    expect(answer.json).toMatchObject({ closed: 2, list: { sessions: [{ current: true }] } });
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await listedIds(app, "user007")).toEqual([own.session_id]);
    expect(await listedIds(app, "somebody else")).toEqual([foreign.session_id]);
  });

  test("closes everything: no list is left to be given, and the cookie is taken away", async () => {
    await using app = new ServedApp();
    const { foreign, browser } = await served(app);
    const answer = await browser.perform("close-all");
    expect(answer.json).toEqual({ closed: 3 });
    expect(answer.headers.get("set-cookie")).toBe(CLEARED);
    expect(answer.headers.get("clear-site-data")).toBe('"prefetchCache", "prerenderCache"');
    expectProblem(await browser.read(), "unauthenticated");
    expect(await listedIds(app, "somebody else")).toEqual([foreign.session_id]);
  });

  test("closes its own session, by its id in either case", async () => {
    await using app = new ServedApp();
    const { own, browser } = await served(app);
    const answer = await browser.perform("close", { session_id: own.session_id.toUpperCase() });
    expect(answer.json).toEqual({ closed: 1 });
    expect(answer.headers.get("set-cookie")).toBe(CLEARED);
    expectProblem(await browser.perform("close-others"), "unauthenticated");
  });

  test("is told alike of what is closed already, somebody else's, and no session at all", async () => {
    await using app = new ServedApp();
    const { phone, foreign, browser } = await served(app);
    await app.send("DELETE", `/a01/session/${phone.session_id}`);
    const { sessions } = await browser.list();
    for (const session_id of [phone.session_id, foreign.session_id, crypto.randomUUID(), "", "é"]) {
      const { closed, list } = await browser.performed("close", { session_id });
      expect([closed, list?.sessions]).toEqual([0, sessions]);
    }
    expect(await listedIds(app, "somebody else")).toEqual([foreign.session_id]);
  });

  test("is answered in a way that nobody keeps", async () => {
    await using app = new ServedApp();
    const { browser } = await served(app);
    for (const { headers } of [await browser.read(), await browser.perform("close-others")]) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("vary")).toBe("Accept, Cookie, Authorization");
    }
  });
});

describe("a form", () => {
  test("is sent on to the page that tells the result", async () => {
    await using app = new ServedApp();
    const { own, phone, browser } = await served(app);
    const session_id = phone.session_id;
    const locations = [
      await browser.submit("close", { session_id }),
      await browser.submit("close", { session_id }),
      await browser.submit("close-others"),
      await browser.submit("close", { session_id: own.session_id }),
    ].map(({ status, headers }) => [status, headers.get("location"), headers.get("set-cookie")]);
    expect(locations).toEqual([
      [303, "/a01/devices?done=closed", null],
      [303, "/a01/devices?done=gone", null],
      [303, "/a01/devices?done=closed-others&closed=1", null],
      [303, "/a01/devices?done=signed-out", CLEARED],
    ]);
  });

  test("that closes everything signs the browser out", async () => {
    await using app = new ServedApp();
    const { browser } = await served(app);
    const { headers } = await browser.submit("close-all");
    expect(headers.get("location")).toBe("/a01/devices?done=closed-all");
    expect(headers.get("set-cookie")).toBe(CLEARED);
    expect(headers.get("clear-site-data")).toBe('"prefetchCache", "prerenderCache"');
    expect(headers.get("cache-control")).toBe("no-store");
    expect(await listedIds(app, "user007")).toEqual([]);
  });
});

describe("by bearer, as apps have it,", () => {
  test("the same is done and no cookie is spoken of", async () => {
    await using app = new ServedApp();
    const { own } = await served(app);
    const sent = { key: own.session_token, headers: { accept: "application/json" } };
    const answer = await app.send("POST", "/a01/devices/close-all", sent);
    expect(answer.json).toEqual({ closed: 3 });
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

describe("what is closed on the page", () => {
  test("is in the audit log with the session that did it", async () => {
    await using app = new ServedApp();
    const { own, phone, tablet, browser } = await served(app);
    await browser.submit("close", { session_id: phone.session_id });
    await browser.perform("close-others");
    const actor = { caller: `session:${own.session_id}` };
    const ends = app.events.filter(({ event }) => event === "session_ended");
    expect(ends).toMatchObject([
      { reason: "closed", sessionId: phone.session_id, actor },
      { reason: "closed_all", sessionId: tablet.session_id, actor },
    ]);
    expect(app.requests.at(-1)).toMatchObject({
      route: "/a01/devices/close-others",
      caller: actor.caller,
    });
    expect(JSON.stringify([app.events, app.requests])).not.toContain("smt_");
  });
});

describe("another method", () => {
  test("is refused, and changes nothing", async () => {
    await using app = new ServedApp();
    const { own } = await served(app);
    for (const action of ["close", "close-others", "close-all"])
      for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE"]) {
        const path = `/a01/devices/${action}`;
        const answer = await app.send(method, path, { key: own.session_token });
        expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
      }
    expect(await listedIds(app, "user007")).toHaveLength(3);
  });
});

describe("when the store fails", () => {
  test("the answer says whether something may have happened", async () => {
    let store: FailingStore | undefined;
    await using app = new ServedApp({ store: (now) => (store = new FailingStore(now)) });
    const { own, phone } = await served(app);
    if (!store) throw new Error("the app opened no store");
    const failing = store;
    const browser = new DevicesBrowser(app, own);
    const tell = async (outcome: "none" | "unknown") => {
      failing.failure = { code: "store_unavailable", outcome };
      const page = await browser.submit("close", { session_id: phone.session_id });
      const problem = await browser.perform("close", { session_id: phone.session_id });
      failing.failure = undefined;
      expectProblem(problem, "store_unavailable");
      expect(page.status).toBe(503);
      return page.text;
    };
    expect(await tell("none")).toContain("Nothing was changed.");
    expect(await tell("unknown")).toContain("It is not certain");
    expect(await listedIds(app, "user007")).toHaveLength(3);
  });

  test("only after the close, the script is not told that nothing was changed", async () => {
    await using app = new ServedApp({ store: (now) => new UnlistableStore(now) });
    const { own, phone } = await served(app);
    const answer = await new DevicesBrowser(app, own).perform("close", {
      session_id: phone.session_id,
    });
    expectProblem(answer, "store_unavailable");
    expect(answer.json).toMatchObject({ outcome: "unknown" });
    expect((await app.send("GET", `/a01/session/${phone.session_id}`)).status).toBe(404);
  });

  test("on the record of one session only, that one can be closed all the same", async () => {
    let store: DamagedStore | undefined;
    await using app = new ServedApp({ store: (now) => (store = new DamagedStore(now)) });
    const { own, phone, foreign, browser } = await served(app);
    const { sessions } = await browser.list();
    for (const { session_id } of [phone, foreign]) store?.damaged.add(session_id);
    expect((await browser.list()).sessions).toEqual(sessions);
    expect(await browser.performed("close", { session_id: foreign.session_id })).toMatchObject({
      closed: 0,
    });
    expect(await browser.performed("close", { session_id: phone.session_id })).toMatchObject({
      closed: 1,
    });
    expect(await listedIds(app, "user007")).toContain(own.session_id);
    expect(await listedIds(app, "user007")).not.toContain(phone.session_id);
  });
});

/** Cannot list. */
class UnlistableStore extends MemoryStore {
  override async listByUser(): Promise<never> {
    throw new SessionError("store_unavailable", "none", "no list today");
  }
}

/** Holds records that nobody can open any more. */
class DamagedStore extends MemoryStore {
  readonly damaged = new Set<string>();

  override async find(id: SessionId) {
    if (this.damaged.has(id)) throw new SessionError("record_unreadable", "none", "no key fits");
    return super.find(id);
  }
}

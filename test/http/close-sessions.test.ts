import { describe, expect, test } from "bun:test";
import { CloseAllAnswer, CloseAnswer } from "../../src/wire/session-answers.ts";
import { expectProblem } from "../support/answer.ts";
import { listedIds } from "../support/listed-ids.ts";
import { ServedApp } from "../support/serve-app.ts";

describe("DELETE", () => {
  test("/session/{id} closes the session for good", async () => {
    await using app = new ServedApp();
    const { session_id } = await app.create();
    const path = `/a01/session/${session_id}`;
    const answer = await app.send("DELETE", path);
    expect(answer.status).toBe(200);
    expect(CloseAnswer.strict().parse(answer.json) as unknown).toEqual({ session_id });
    expectProblem(await app.send("DELETE", path), "not_found");
  });

  test("/session closes all sessions of the user and nobody else's", async () => {
    await using app = new ServedApp();
    await app.create();
    await app.create();
    const other = await app.create({ user_id: "user008" });
    const answer = await app.send("DELETE", "/a01/session?user_id=user007");
    expect(CloseAllAnswer.strict().parse(answer.json) as unknown).toEqual({
      user_id: "user007",
      closed: 2,
    });
    expect(await listedIds(app, "user007")).toEqual([]);
    expect(await listedIds(app, "user008")).toEqual([other.session_id]);
    const again = await app.send("DELETE", "/a01/session?user_id=user007");
    expect(again.json).toEqual({ user_id: "user007", closed: 0 });
  });

  test("/session?except= keeps that one", async () => {
    await using app = new ServedApp();
    await app.create();
    const { session_id } = await app.create();
    const query = `user_id=user007&except=${session_id.toUpperCase()}`;
    const answer = await app.send("DELETE", `/a01/session?${query}`);
    expect(answer.json).toEqual({ user_id: "user007", closed: 1 });
    expect(await listedIds(app, "user007")).toEqual([session_id]);
  });
});

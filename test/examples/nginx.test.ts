import { expect, setDefaultTimeout, test } from "bun:test";
import { Example } from "../support/example.ts";
import { startGateway } from "../support/gateway.ts";
import { APPLICATION_KEY, startKeyedProgram } from "../support/keyed-program.ts";
import { NGINX } from "../support/nginx.ts";
import { Visitor } from "../support/visitor.ts";

setDefaultTimeout(60_000);

const PAGE = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("examples/nginx: the application checks nothing itself, and knows who is there all the same", async () => {
  await using program = await startKeyedProgram({ SESSION_TRUSTED_PROXIES: "127.0.0.1" });
  await using example = await Example.start("nginx", {
    SESSION_URL: program.url,
    SESSION_API_KEY: APPLICATION_KEY,
  });
  const backends = {
    service: new URL(program.origin).host,
    application: new URL(example.origin).host,
  };
  await using gateway = await startGateway(NGINX, backends);
  const visitor = new Visitor(gateway.origin);

  const sent = await visitor.get("/orders?page=2", PAGE);
  expect(sent.status).toBe(302);
  const form = sent.headers.get("location") ?? "";
  expect(form).toContain("/login?return_to=");
  expect((await visitor.get("/orders")).status).toBe(401);

  const login = await visitor.post(
    new URL(form, gateway.origin).href.replace(gateway.origin, ""),
    FORM,
    "name=Anna+Ä",
  );
  expect([login.status, login.headers.get("location")]).toEqual([303, "/orders?page=2"]);
  const hello = await visitor.get("/orders?page=2", { "x-session-user": "somebody else" });
  expect(await hello.text()).toStartWith("Hello Anna Ä, on dev_");

  const logout = await visitor.post("/logout");
  expect([logout.status, visitor.cookie]).toEqual([303, ""]);
  expect((await visitor.get("/orders")).status).toBe(401);
});

test("examples/nginx: is sent back to no other site", async () => {
  await using program = await startKeyedProgram();
  await using example = await Example.start("nginx", {
    SESSION_URL: program.url,
    SESSION_API_KEY: APPLICATION_KEY,
  });
  const visitor = new Visitor(example.origin);
  for (const path of ["//evil.example", "/\\evil.example", "https://evil.example"]) {
    const answer = await visitor.post(
      `/login?return_to=${encodeURIComponent(path)}`,
      FORM,
      "name=a",
    );
    expect([path, answer.headers.get("location")]).toEqual([path, "/"]);
  }
});

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { documentWithTables } from "../../test/support/source-files.ts";
import { ISSUER_MEMBERS, readIssuers } from "./issuers.ts";
import { SettingReader } from "./setting-reader.ts";

const GOOD = { name: "main", issuer: "https://login.example.org", client_id: "backend" };

describe("SESSION_ISSUERS", () => {
  test("is a list of auth servers, of which little must be said", () => {
    expect(read([GOOD])).toEqual({
      mistakes: [],
      issuers: [
        {
          name: "main",
          issuer: "https://login.example.org",
          clientId: "backend",
          authentication: { method: "none" },
          finalErrors: [],
          logoutAlgorithms: expect.arrayContaining(["RS256", "ES256"]),
          timeoutMs: 5000,
        },
      ],
    });
  });

  test("takes all that can be said", () => {
    const { issuers, mistakes } = read([
      {
        ...GOOD,
        client_secret: "s",
        client_auth: "client_secret_post",
        token_endpoint: "https://login.example.org/token",
        revocation_endpoint: "http://127.0.0.1:1/revoke",
        jwks_uri: "http://[::1]:1/keys",
        final_errors: ["bad_refresh_token"],
        logout_algorithms: ["ES256"],
        timeout_ms: 100,
      },
    ]);
    expect(mistakes).toEqual([]);
    expect(issuers[0]).toEqual({
      name: "main",
      issuer: "https://login.example.org",
      clientId: "backend",
      authentication: { method: "client_secret_post", secret: "s" },
      tokenEndpoint: "https://login.example.org/token",
      revocationEndpoint: "http://127.0.0.1:1/revoke",
      jwksUri: "http://[::1]:1/keys",
      finalErrors: ["bad_refresh_token"],
      logoutAlgorithms: ["ES256"],
      timeoutMs: 100,
    });
  });

  test("shows a secret by HTTP Basic unless told otherwise", () => {
    const { issuers } = read([{ ...GOOD, client_secret: "s" }]);
    expect(issuers[0]?.authentication).toEqual({ method: "client_secret_basic", secret: "s" });
  });

  test("knows an auth server without an issuer by where its token endpoint is", () => {
    const { issuer: _, ...rest } = GOOD;
    const { issuers } = read([{ ...rest, token_endpoint: "https://login.example.org/t?x=1" }]);
    expect(issuers[0]?.issuer).toBe("https://login.example.org");
  });

  test("reads a secret from a file of its own", () => {
    const dir = mkdtempSync(join(tmpdir(), "sm-issuers-"));
    const client_secret_file = join(dir, "secret");
    writeFileSync(client_secret_file, "from the file\n");
    const { issuers } = read([{ ...GOOD, client_secret_file }]);
    rmSync(dir, { recursive: true });
    expect(issuers[0]?.authentication).toMatchObject({ secret: "from the file" });
  });

  test("tells every mistake at once", () => {
    const { mistakes } = read([
      { name: "a b", issuer: "http://login.example.org" },
      { ...GOOD, client_secret: "s", client_auth: "basic", timeout_ms: 1, clientid: "x" },
      7,
      GOOD,
      { ...GOOD, client_id: "other" },
    ]);
    expect(mistakes).toEqual([
      "SESSION_ISSUERS: entry 1: name must be letters, digits, . _ -, at most 64",
      "SESSION_ISSUERS: entry 1: issuer must be an https address (http only on this machine), without user and password",
      "SESSION_ISSUERS: entry 1: client_id is required",
      "SESSION_ISSUERS: entry 2: client_auth must be client_secret_basic, client_secret_post, none",
      "SESSION_ISSUERS: entry 2: timeout_ms must be 100 to 10000",
      "SESSION_ISSUERS: entry 2: clientid: is no such member",
      "SESSION_ISSUERS: entry 3: must be a JSON object",
      "SESSION_ISSUERS: two entries have the name main",
    ]);
  });

  test.each([
    [{ issuer: undefined }, "issuer is required without token_endpoint"],
    [{ issuer: "https://login.example.org?a=b" }, "issuer must have no query and no fragment"],
    [{ issuer: "https://me:you@login.example.org" }, "issuer must be an https address"],
    [{ client_id: "" }, "client_id must not be empty"],
    [{ client_secret: "" }, "client_secret must not be empty"],
    [{ client_secret: "s", client_secret_file: "f" }, "client_secret is set beside"],
    [{ client_secret: "s", client_auth: "none" }, "client_auth is none, but there is a secret"],
    [{ client_auth: "client_secret_post" }, "client_auth is client_secret_post, but there is no"],
    [{ client_secret_file: "/nowhere" }, "client_secret_file cannot be read"],
    [{ logout_algorithms: ["none"] }, "logout_algorithms may be RS256"],
    [{ logout_algorithms: ["HS256"] }, "logout_algorithms may be RS256"],
    [{ logout_algorithms: [] }, "logout_algorithms must not be empty"],
    [{ final_errors: "invalid_grant" }, "final_errors must be a list"],
    [{ token_endpoint: "ftp://login.example.org" }, "token_endpoint must be an https address"],
  ])("refuses %j", (shown, mistake) => {
    const { mistakes } = read([{ ...GOOD, ...shown }]);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toStartWith(`SESSION_ISSUERS: entry 1: ${mistake}`);
  });

  test.each(["", "{}", "[", '"x"', "null"])("refuses what is no list: %p", (written) => {
    const reader = new SettingReader(new Map([["SESSION_ISSUERS", written]]));
    readIssuers(reader);
    expect(reader.mistakes).toEqual(["SESSION_ISSUERS: is not a JSON list, such as [{...}]"]);
  });

  test("is written in docs/vault.md with every member, and with an example that is taken", async () => {
    const text = await documentWithTables("docs/vault.md");
    const [, table = ""] = text.split("| member |");
    const rows = table.split("\n\n")[0]?.split("\n|").slice(2) ?? [];
    const named = rows.flatMap((row) => (row.split("|")[0] ?? "").match(/(?<=`)\w+(?=`)/g) ?? []);
    expect(named.toSorted()).toEqual([...ISSUER_MEMBERS].toSorted());
    const [, example = ""] = /```json\n([^`]*)```/.exec(text) ?? [];
    const readable = example.replace("/run/secrets/auth-client", import.meta.path);
    expect(read(JSON.parse(readable)).mistakes).toEqual([]);
  });

  test("never shows a secret in what is wrong with it", () => {
    const secret = "do-not-show-me";
    const wrong = { ...GOOD, client_secret: { secret }, client_auth: secret, issuer: secret };
    expect(JSON.stringify(read([wrong]).mistakes)).not.toContain(secret);
  });
});

function read(list: unknown) {
  const reader = new SettingReader(new Map([["SESSION_ISSUERS", JSON.stringify(list)]]));
  const issuers = readIssuers(reader);
  return { issuers, mistakes: reader.mistakes };
}

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "../../src/config/settings.ts";
import { Api } from "../support/api.ts";
import { type BuiltImage, buildImage } from "../support/built-image.ts";
import { only } from "../support/dockerfile.ts";
import { Program } from "../support/program.ts";
import { RedisServer, freePort } from "../support/redis-server.ts";
import { size } from "../support/size.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(120_000);

const UID = 10_001;
const isRoot = process.getuid?.() === 0;

describe("the Docker image, its steps done in an empty folder", () => {
  const dir = temporaryDirectory();
  let image: BuiltImage;

  beforeAll(async () => {
    image = await buildImage(dir.path, size(0, 1) === 1);
    // As the user of the image, who may write nowhere but in /data.
    if (isRoot) chownSync(join(image.root, "data"), UID, UID);
    for (const path of [dir.path, image.root]) chmodSync(path, 0o755);
  });
  afterAll(() => dir[Symbol.dispose]());

  test("runs as nobody in particular, listens on all addresses, and keeps what it keeps in a volume", () => {
    expect(only(image.stage, "USER")).toBe(`${UID}:${UID}`);
    expect(only(image.stage, "VOLUME")).toBe("/data");
    expect(only(image.stage, "EXPOSE")).toBe("8090");
    expect(image.environment["SESSION_HOST"]).toBe("0.0.0.0");
  });

  test("makes an API key on its first start, and tells where it is but not what it is", async () => {
    await using program = await startImage(image);
    const keyFile = join(image.root, "data", "api-key");
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const key = readFileSync(keyFile, "utf8").trim();
    expect(program.lines).toContainEqual(
      expect.objectContaining({ event: "first_key_made", file: keyFile }),
    );
    expect(program.stdout + program.stderr).not.toContain(key);
    expect((await new Api(program.url).create("user007")).status).toBe(401);
    const created = await new Api(program.url, key).create("user007", { access_token: "t" });
    expect(created.status).toBe(201);
    expect(await program.stop()).toBe(0);

    await program.start();
    expect(readFileSync(keyFile, "utf8").trim()).toBe(key);
    const got = await new Api(program.url, key).get(String(created.body["session_id"]));
    expect(got.body["access_token"]).toBe("t");
  });

  test("keeps sessions in /data when no Redis is linked", async () => {
    await using program = await startImage(image);
    expect(statSync(join(image.root, "data", "sessions.db")).isFile()).toBe(true);
    expect(program.lines.at(-1)).toMatchObject({ event: "ready", auth: "first_key" });
  });

  test("is checked by its own program", async () => {
    const port = await freePort();
    await using program = await startImage(image, { SESSION_PORT: String(port) });
    const check = () =>
      Bun.spawnSync([image.entrypoint, ...image.healthcheckArgs], {
        env: { ...image.environment, SESSION_HOST: "127.0.0.1", SESSION_PORT: String(port) },
      }).exitCode;
    expect(check()).toBe(0);
    await program.stop();
    expect(check()).toBe(1);
  });
});

describe("deploy/compose.yaml", () => {
  const compose = Bun.YAML.parse(
    readFileSync(join(import.meta.dir, "../../deploy/compose.yaml"), "utf8"),
  ) as Compose;

  test("sets only settings that there are", () => {
    const known = SETTINGS.map(({ name }): string => name);
    const set = Object.keys(compose.services.session.environment);
    expect(set.length).toBeGreaterThan(2);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("runs a Redis that the service finds nothing wrong with", async () => {
    const options = [...compose.services.redis.command.matchAll(/--([a-z-]+) (\S+)/g)];
    const config = options
      .filter(([, name]) => name !== "requirepass")
      .map(([, name, value]) => `${name} ${value}`);
    await using redis = new RedisServer(await freePort(), { password: "p", config });
    await redis.start();
    await using program = await new Program({
      settings: {
        REDIS_HOSTNAME: redis.host,
        REDIS_PORT: String(redis.port),
        REDIS_PASSWORD: "p",
      },
    }).start();
    const health = await fetch(`${program.origin}/health/ready`);
    expect(await health.json()).toMatchObject({ status: "ok", degraded: [] });
  });
});

interface Compose {
  readonly services: {
    readonly session: { readonly environment: Readonly<Record<string, string>> };
    readonly redis: { readonly command: string };
  };
}

/** As the container would run it; on loopback, because this is no container. */
function startImage(
  image: BuiltImage,
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const asUser = isRoot ? ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"] : [];
  return new Program({
    command: [...asUser, image.entrypoint],
    dir: image.root,
    settings: { ...image.environment, SESSION_HOST: "127.0.0.1", ...settings },
  }).start();
}

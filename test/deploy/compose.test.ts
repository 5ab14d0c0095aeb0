import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SETTINGS } from "../../src/config/settings.ts";
import { startProgram } from "../support/program.ts";
import { RedisServer, freePort } from "../support/redis-server.ts";
import { shell } from "../support/shell.ts";
import { documentText } from "../support/source-files.ts";
import { expectSpecifiedCommandsToWork } from "../support/specified-commands.ts";

setDefaultTimeout(120_000);

const PASSWORD = "0123456789abcdef";

interface Service {
  readonly image: string;
  readonly command?: string | readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly networks?:
    Readonly<Record<string, { readonly ipv4_address?: string } | null>> | readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

async function readCompose(file: string): Promise<Compose> {
  return Bun.YAML.parse((await documentText(file)) ?? "") as Compose;
}

describe.each(["deploy/compose.yaml", "deploy/compose.cluster.yaml"])("%s", (file) => {
  test("sets only settings that there are, and takes each secret from outside", async () => {
    const { services } = await readCompose(file);
    const known = SETTINGS.map(({ name }): string => name);
    const ours = Object.values(services).filter(({ image }) => image === "session-manager");
    expect(ours.length).toBeGreaterThan(0);
    for (const { environment } of ours) {
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
      for (const name of ["SESSION_API_KEYS", "SESSION_ENCRYPTION_KEYS"])
        expect(environment[name]).toStartWith(`\${${name}:?`);
    }
  });

  test("names only services and volumes that there are, and waits for what they need", async () => {
    const { services, volumes } = await readCompose(file);
    for (const { depends_on = {}, volumes: mounts = [] } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const other = services[name];
        expect([name, other !== undefined]).toEqual([name, true]);
        if (condition === "service_healthy") expect(other?.healthcheck).toBeDefined();
      }
      for (const mount of mounts) expect(Object.keys(volumes)).toContain(mount.split(":")[0] ?? "");
    }
  });

  test("lets nobody but this machine in", async () => {
    const { services } = await readCompose(file);
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published.length).toBeGreaterThan(0);
    for (const port of published) expect(port).toStartWith("127.0.0.1:");
  });
});

describe("the cluster of deploy/compose.cluster.yaml", () => {
  test("is made by its own commands, once, and the service finds nothing wrong with it", async () => {
    const { services } = await readCompose("deploy/compose.cluster.yaml");
    const nodes = Object.entries(services).filter(([name]) => /^redis-\d$/.test(name));
    expect(nodes).toHaveLength(6);
    await using servers = new AsyncDisposableStack();
    const addresses = new Map<string, RedisServer>();
    for (const [, service] of nodes) {
      const server = servers.use(await startNode(service));
      addresses.set(`${addressOf(service)}:6379`, server);
      const [, health = ""] = service.healthcheck?.test ?? [];
      const asked = unescaped(health).replace("redis-cli", `redis-cli -p ${server.port}`);
      expect((await shell(`export REDIS_PASSWORD=${PASSWORD}; ${asked}`)).exitCode).toBe(0);
    }

    const create = here(String(services["redis-create"]?.command?.[2]), addresses);
    const first = await shell(`set -e; REDIS_PASSWORD=${PASSWORD}; ${create}`);
    expect([first.exitCode, first.stdout]).toEqual([0, expect.stringContaining("All 16384 slots")]);
    const second = await shell(`set -e; REDIS_PASSWORD=${PASSWORD}; ${create}`);
    expect([second.exitCode, second.stdout, second.stderr]).toEqual([0, "", ""]);

    const { SESSION_STORE = "" } = services["session-1"]?.environment ?? {};
    const store = here(SESSION_STORE.replace(/\$\{[^}]*\}/, PASSWORD), addresses);
    await using program = await startProgram({ settings: { SESSION_STORE: store } });
    await expectSpecifiedCommandsToWork(program.origin);
    const health = await fetch(`${program.origin}/health/ready`);
    expect(await health.json()).toMatchObject({ status: "ok", degraded: [] });
  });
});

/** A node with the options of its command; on loopback, where each needs a port of its own. */
async function startNode({ command = "" }: Service): Promise<RedisServer> {
  const written = [...String(command).matchAll(/--([a-z-]+) ("[^"]*"|\S+)/g)];
  const config = written
    .filter(([, name]) => name !== "requirepass" && name !== "masterauth")
    .map(([, name, value]) => `${name} ${value?.replace(/'$/, "")}`);
  expect(config).toContain("cluster-enabled yes");
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    // Replicas need not wait for others to copy with them.
    const own = ["repl-diskless-sync-delay 0", `masterauth ${PASSWORD}`];
    const bus = `cluster-port ${await freePort()}`;
    const options = { password: PASSWORD, config: [...config, ...own, bus] };
    const server = new RedisServer(port, options);
    try {
      return await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      if (attempt === 5) throw error;
    }
  }
}

function addressOf({ networks }: Service): string {
  const [network] = Object.values(networks ?? {}) as { ipv4_address?: string }[];
  return network?.ipv4_address ?? "";
}

/** With the addresses of the nodes here in place of those in the network of the containers. */
function here(text: string, addresses: ReadonlyMap<string, RedisServer>): string {
  let result = unescaped(text);
  for (const [address, { host, port }] of addresses)
    result = result.replaceAll(address, `${host}:${port}`);
  return result;
}

/** Compose writes a dollar twice where it is not its own. */
function unescaped(text: string): string {
  return text.replaceAll("$$", "$");
}

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS, type Setting } from "../../src/config/settings.ts";
import { type Manifests, readManifests, schemaErrors, typeErrors } from "../support/manifests.ts";
import { startProgram } from "../support/program.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { documentText } from "../support/source-files.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

let manifests: Manifests;
beforeAll(async () => {
  manifests = await readManifests();
});

function podParts() {
  const pod = manifests.deployment.spec?.template.spec;
  const [container] = pod?.containers ?? [];
  if (!pod || !container) throw new Error("the deployment has no container");
  return { pod, container, variables: container.env ?? [] };
}

describe("the manifests of Kubernetes", () => {
  test("are what its schemas ask for", () => {
    expect(schemaErrors(manifests)).toEqual([]);
  });

  test("have no name that its types do not know", async () => {
    using dir = temporaryDirectory();
    expect(await typeErrors(manifests, dir.path)).toBe("");
  });

  test("and those checks see a wrong type and an unknown name", async () => {
    using dir = temporaryDirectory();
    const wrong = structuredClone(manifests) as unknown as {
      deployment: { spec: { replicas: unknown } };
    };
    wrong.deployment.spec.replicas = "3";
    expect(schemaErrors(wrong as unknown as Manifests)).toHaveLength(1);
    Object.assign(wrong.deployment.spec, { replicas: 3, replicass: 3 });
    expect(await typeErrors(wrong as unknown as Manifests, dir.path)).toContain("replicass");
  });

  test("are all applied, but for the example of the secret", () => {
    const files = [...new Bun.Glob("*.yaml").scanSync("deploy/kubernetes")];
    const others = ["kustomization.yaml", "secret.example.yaml"];
    const applied = files.filter((file) => !others.includes(file));
    expect(applied.toSorted()).toEqual([...manifests.kustomization.resources].toSorted());
  });

  test("choose the pods by the labels that those have", () => {
    const { deployment, service, budget, policy } = manifests;
    const labels = deployment.spec?.template.metadata?.labels ?? {};
    const selectors = [
      deployment.spec?.selector.matchLabels,
      deployment.spec?.template.spec?.topologySpreadConstraints?.[0]?.labelSelector?.matchLabels,
      service.spec?.selector,
      budget.spec?.selector?.matchLabels,
      policy.spec?.podSelector?.matchLabels,
    ];
    for (const selector of selectors) expect(selector ?? {}).toEqual(labels);
    expect(Object.keys(labels)).not.toEqual([]);
  });

  test("call ports by names that the container has", () => {
    const { container } = podParts();
    const names = container.ports?.map(({ name }) => name);
    const used = [
      manifests.service.spec?.ports?.[0]?.targetPort,
      manifests.policy.spec?.ingress?.[0]?.ports?.[0]?.port,
      container.startupProbe?.httpGet?.port,
      container.livenessProbe?.httpGet?.port,
      container.readinessProbe?.httpGet?.port,
    ];
    expect(new Set(used)).toEqual(new Set(names));
  });

  test("run the container as the user of the image", async () => {
    const image = (await documentText("Dockerfile")) ?? "";
    const { runAsUser, runAsGroup } = podParts().pod.securityContext ?? {};
    expect(image).toContain(`USER ${runAsUser}:${runAsGroup}`);
  });

  test("wait longer for the end than it takes: what comes before SIGTERM, and the drain", () => {
    const { pod: spec, container } = podParts();
    const [program, seconds] = container.lifecycle?.preStop?.exec?.command ?? [];
    expect(program).toBe("sleep");
    const drain = Number(manifests.config.data?.["SESSION_DRAIN_SEC"]);
    expect(drain).toBeGreaterThan(0);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + drain + 5);
  });

  test("never have fewer pods than asked for while they are replaced, nor all drained at once", () => {
    const { replicas, strategy } = manifests.deployment.spec ?? {};
    expect(strategy?.rollingUpdate?.maxUnavailable).toBe(0);
    expect(Number(manifests.budget.spec?.maxUnavailable)).toBeLessThan(replicas ?? 0);
  });
});

describe("their settings", () => {
  const known = new Set(
    SETTINGS.flatMap((setting: Setting) => [
      setting.name,
      ...(setting.secret ? [`${setting.name}_FILE`] : []),
    ]),
  );

  test("are settings that there are", () => {
    const names = [
      ...Object.keys(manifests.config.data ?? {}),
      ...podParts().variables.map(({ name }) => name),
    ];
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test("come from things that are named so", () => {
    const { pod: spec, container, variables } = podParts();
    expect(container.envFrom?.[0]?.configMapRef?.name).toBe(manifests.config.metadata?.name ?? "");
    const [volume] = spec.volumes ?? [];
    expect(volume?.secret?.secretName).toBe(manifests.secret.metadata?.name ?? "");
    const [mount] = container.volumeMounts ?? [];
    expect(mount?.name).toBe(volume?.name ?? "");
    const files = Object.keys(manifests.secret.stringData ?? {});
    const paths = variables.map(({ value = "" }) => value);
    expect(paths.toSorted()).toEqual(files.map((file) => `${mount?.mountPath}/${file}`).toSorted());
  });

  test("start the program, and its probes are answered", async () => {
    await using redis = await startRedisServer({ appendOnly: true, config: ['save ""'] });
    using dir = temporaryDirectory();
    const secrets: Readonly<Record<string, string>> = {
      store: redis.url,
      "api-keys": `app:read+write:${"0".repeat(64)}`,
      "encryption-keys": Buffer.alloc(32, 1).toString("base64url"),
    };
    mkdirSync(join(dir.path, "secrets"));
    for (const [name, text] of Object.entries(secrets))
      writeFileSync(join(dir.path, "secrets", name), `${text}\n`);
    const { container, variables } = podParts();
    const files = variables.map(({ name, value = "" }) => [
      name,
      join(dir.path, "secrets", value.slice(value.lastIndexOf("/") + 1)),
    ]);
    await using program = await startProgram({
      settings: {
        ...manifests.config.data,
        ...(Object.fromEntries(files) as Record<string, string>),
        SESSION_HOST: "127.0.0.1",
      },
    });
    for (const probe of [
      container.startupProbe,
      container.livenessProbe,
      container.readinessProbe,
    ]) {
      const { path = "" } = probe?.httpGet ?? {};
      const answer = await fetch(program.origin + path, { headers: { host: "10.1.2.3:8090" } });
      expect([path, answer.status]).toEqual([path, 200]);
    }
    expect(existsSync(join(program.dir, "data"))).toBe(false);
    expect(await program.stop()).toBe(0);
  });
});

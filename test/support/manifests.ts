import { Deployment, type IDeployment } from "kubernetes-models/apps/v1";
import { type INetworkPolicy, NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { type IPodDisruptionBudget, PodDisruptionBudget } from "kubernetes-models/policy/v1";
import {
  ConfigMap,
  type IConfigMap,
  type ISecret,
  type IService,
  Secret,
  Service,
} from "kubernetes-models/v1";
import { join } from "node:path";
import { type SourceFile, sourceFiles } from "./source-files.ts";

/** deploy/kubernetes, each manifest in its type. */
export interface Manifests {
  readonly deployment: IDeployment;
  readonly service: IService;
  readonly config: IConfigMap;
  readonly secret: ISecret;
  readonly budget: IPodDisruptionBudget;
  readonly policy: INetworkPolicy;
  readonly kustomization: { readonly resources: readonly string[] };
}

/** Reads them as they are; `schemaErrors` and `typeErrors` say whether they are what they should be. */
export async function readManifests(): Promise<Manifests> {
  const files = await manifestFiles();
  const read = (name: string): unknown => {
    const file = files.find(({ path }) => path.endsWith(`/${name}.yaml`));
    if (!file) throw new Error(`there is no ${name}.yaml`);
    return Bun.YAML.parse(file.text);
  };
  return {
    deployment: read("deployment") as IDeployment,
    service: read("service") as IService,
    config: read("config") as IConfigMap,
    secret: read("secret.example") as ISecret,
    budget: read("pod-disruption-budget") as IPodDisruptionBudget,
    policy: read("network-policy") as INetworkPolicy,
    kustomization: read("kustomization") as Manifests["kustomization"],
  };
}

/** What the schemas of Kubernetes say against them. They let names pass that they do not know. */
export function schemaErrors(manifests: Manifests): readonly string[] {
  const { deployment, service, config, secret, budget, policy } = manifests;
  const models = [
    new Deployment(deployment),
    new Service(service),
    new ConfigMap(config),
    new Secret(secret),
    new PodDisruptionBudget(budget),
    new NetworkPolicy(policy),
  ];
  return models.flatMap((model) => {
    try {
      model.validate();
      return [];
    } catch (error) {
      return [`${model.kind}: ${String(error)}`];
    }
  });
}

/** What the types of Kubernetes say against them: names that are not known, above all. */
export async function typeErrors(manifests: Manifests, dir: string): Promise<string> {
  const file = join(dir, "manifests.ts");
  await Bun.write(file, `${IMPORTS}\n${literals(manifests).join("\n")}\n`);
  await Bun.write(join(dir, "package.json"), '{"type":"module"}');
  Bun.spawnSync(["ln", "-s", join(ROOT, "node_modules"), join(dir, "node_modules")]);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "preserve"];
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const { stdout } = Bun.spawnSync([tsc, ...options, "--ignoreConfig", file], { cwd: dir });
  return stdout.toString();
}

const ROOT = join(import.meta.dir, "..", "..");
const IMPORTS = `import type { IDeployment } from "kubernetes-models/apps/v1";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1";
import type { IConfigMap, ISecret, IService } from "kubernetes-models/v1";`;

function literals(manifests: Manifests): readonly string[] {
  const types = {
    deployment: "IDeployment",
    service: "IService",
    config: "IConfigMap",
    secret: "ISecret",
    budget: "IPodDisruptionBudget",
    policy: "INetworkPolicy",
  } as const;
  return Object.entries(types).map(
    ([name, type]) =>
      `export const ${name}: ${type} = ${JSON.stringify(manifests[name as keyof typeof types])};`,
  );
}

function manifestFiles(): Promise<readonly SourceFile[]> {
  return sourceFiles("deploy/kubernetes/*.yaml");
}

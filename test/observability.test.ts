import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Metrics } from "../src/metrics.ts";
import { Api } from "./support/api.ts";
import { startProgram } from "./support/program.ts";
import { type PromQuery, readExposition, readPromQuery } from "./support/prom-query.ts";
import { type RedisServer, startRedisServer } from "./support/redis-server.ts";
import { documentText, documentWithTables } from "./support/source-files.ts";

setDefaultTimeout(60_000);

/** What Prometheus itself adds. */
const OF_PROMETHEUS = { metrics: ["up"], labels: ["job", "instance"] };
const ALERTS = "deploy/observability/alerts.yaml";

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[];
  };
}

let redis: RedisServer;
let offered: ReadonlyMap<string, Set<string>>;
let alerts: readonly Alert[];
let dashboard: Dashboard;

beforeAll(async () => {
  const rules = Bun.YAML.parse((await documentText(ALERTS)) ?? "") as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  };
  alerts = rules.groups.flatMap((group) => group.rules);
  dashboard = JSON.parse(
    (await documentText("deploy/observability/dashboard.json")) ?? "",
  ) as Dashboard;
  redis = await startRedisServer();
  offered = readExposition(await metricsOfServiceInUse(redis));
  for (const [name, labels] of readExposition(await metricsOfVaultInUse()))
    for (const label of labels) offered.get(name)?.add(label);
});
afterAll(() => redis[Symbol.asyncDispose]());

/** All that can be counted has been: sessions, their ends, and calls to a store that is gone. */
async function metricsOfServiceInUse(store: RedisServer): Promise<string> {
  const settings = { SESSION_STORE: store.url, SESSION_CACHE: "exact", SESSION_WORKERS: "2" };
  await using program = await startProgram({ settings });
  const api = new Api(program.url);
  const { body } = await api.create("user007");
  const id = String(body["session_id"]);
  expect((await api.update(id, { access_token: "t" })).status).toBe(200);
  expect((await api.close(id)).status).toBe(200);
  await store.kill();
  expect((await api.create("user007")).status).toBe(503);
  return (await fetch(`${program.origin}/metrics`)).text();
}

/** Only with an auth server are these counted: as the vault counts them. */
async function metricsOfVaultInUse(): Promise<string> {
  const metrics = new Metrics("1.2.3");
  metrics.refreshEnded("main", "refreshed");
  metrics.revocationEnded("main", "revoked");
  return (await metrics.render()).body;
}

function missing({ metrics, labels }: PromQuery): readonly string[] {
  const known = new Set([
    ...OF_PROMETHEUS.labels,
    ...metrics.flatMap((name) => [...(offered.get(name) ?? [])]),
  ]);
  return [
    ...metrics.filter((name) => !offered.has(name) && !OF_PROMETHEUS.metrics.includes(name)),
    ...labels.filter((label) => !known.has(label)),
  ];
}

describe("the alert rules", () => {
  test("ask only for numbers and labels that a running service tells", () => {
    expect(alerts.length).toBeGreaterThan(10);
    const wrong = alerts.map(({ alert, expr }) => [alert, missing(readPromQuery(expr))]);
    expect(wrong.filter(([, names]) => names?.length !== 0)).toEqual([]);
  });

  test("say how bad it is, what it is, and what to do: a heading of docs/operations.md", async () => {
    const operations = (await documentText("docs/operations.md")) ?? "";
    for (const { alert, labels, annotations } of alerts) {
      expect(["critical", "warning"]).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(operations, alert).toMatch(new RegExp(`^#+ ${alert}$`, "m"));
    }
  });

  test("are in the file that the configuration of Prometheus names", async () => {
    const text = (await documentText("deploy/observability/prometheus.yaml")) ?? "";
    const { rule_files, scrape_configs } = Bun.YAML.parse(text) as {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly { readonly job_name: string }[];
    };
    expect(rule_files).toEqual(["alerts.yaml"]);
    const [{ job_name } = { job_name: "" }] = scrape_configs;
    const jobs = alerts.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)]);
    expect(jobs.length).toBeGreaterThan(0);
    expect(new Set(jobs.map(([, job]) => job))).toEqual(new Set([job_name]));
  });
});

/** What the panels ask, each with its panel's title. */
function queries(): readonly { title: string; expr: string; legendFormat: string }[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ title, ...target })),
  );
}

describe("the dashboard", () => {
  test("asks only for numbers and labels that a running service tells", () => {
    expect(queries().length).toBeGreaterThan(20);
    const wrong = queries().map(({ title, expr }) => [title, missing(readPromQuery(expr))]);
    expect(wrong.filter(([, names]) => names?.length !== 0)).toEqual([]);
    for (const { definition = "" } of dashboard.templating.list)
      expect(missing(readPromQuery(definition))).toEqual([]);
  });

  test("names lines by labels that its questions keep", () => {
    for (const { title, expr, legendFormat } of queries()) {
      const isGrouped = /\b(?:sum|count|min|max)\b/.test(expr);
      const kept = isGrouped ? readPromQuery(expr).labels : ["instance"];
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
      expect(
        named.filter((label) => !kept.includes(label)),
        title,
      ).toEqual([]);
    }
  });

  test("shows every number there is", () => {
    const told = new Set([...offered.keys()].map(stemOf));
    const asked = queries().flatMap(({ expr }) => readPromQuery(expr).metrics.map(stemOf));
    const shown = new Set(asked);
    expect([...told].filter((name) => !shown.has(name))).toEqual([]);
  });

  test("has panels with numbers of their own, and nothing of somebody's Grafana", () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.stringify(dashboard)).not.toContain("://");
    expect(dashboard.uid).toBe("session-manager");
  });
});

describe("docs/observability.md", () => {
  test("lists every number with its labels, and no other", async () => {
    const text = await documentWithTables("docs/observability.md");
    const [, section = ""] = text.split("\n## Numbers\n");
    const [table = ""] = section.split("\n## ");
    const rows = [...table.matchAll(/^\| `([a-z_]+)` \|([a-z, ]*)\|/gm)];
    const written = rows.map(([, name = "", labels = ""]) => [
      name,
      labels.trim().split(", ").toSorted(),
    ]);
    const told = new Map<string, string[]>();
    for (const [name, labels] of offered) {
      const own = [...labels].filter((label) => label !== "le");
      told.set(stemOf(name), own.length === 0 ? [""] : own.toSorted());
    }
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(told));
    expect(written).toHaveLength(told.size);
  });
});

function stemOf(name: string): string {
  return name.replace(/_(?:bucket|sum|count)$/, "");
}

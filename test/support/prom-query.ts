/** What an expression of PromQL asks for. */
export interface PromQuery {
  readonly metrics: readonly string[];
  /** Labels that it filters or groups by. */
  readonly labels: readonly string[];
}

const WORDS = new Set(
  "sum min max count rate increase changes time histogram_quantile min_over_time label_values by and or unless".split(
    " ",
  ),
);

/** Reads an expression as far as its names go: good enough to find one that does not exist. */
export function readPromQuery(expression: string): PromQuery {
  const filters = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = ""]) =>
    [...inside.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
  );
  const groups = [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inside = ""]) =>
    inside.split(",").map((label) => label.trim()),
  );
  const rest = expression
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\bby\s*\([^)]*\)/g, " ")
    .replaceAll(/,\s*job\s*\)/g, ")");
  const names = [...rest.matchAll(/[a-z_][a-z0-9_]*/g)].map(([name]) => name);
  const metrics = names.filter((name) => !WORDS.has(name));
  return { metrics: [...new Set(metrics)], labels: [...new Set([...filters, ...groups])] };
}

/** The names a text of Prometheus offers, with the labels that samples of each have. */
export function readExposition(text: string): ReadonlyMap<string, Set<string>> {
  const offered = new Map<string, Set<string>>();
  for (const [, name = "", type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const parts = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const part of parts) offered.set(name + part, new Set());
  }
  for (const [, name = "", inside = ""] of text.matchAll(
    /^([a-z_]+)\{([^}\n]*(?:\{[^}]*\}[^}\n]*)*)\} /gm,
  ))
    for (const [, label = ""] of inside.matchAll(/(?:^|,)([a-z_]+)="/g))
      offered.get(name)?.add(label);
  return offered;
}

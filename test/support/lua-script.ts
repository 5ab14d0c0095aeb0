/** A Lua script of the Redis store, taken apart. */
export interface LuaScript {
  /** The first line: "#!lua" and its flags. */
  readonly shebang: string;
  /** What the comment at the top calls KEYS[1], KEYS[2], … */
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** What follows the comment at the top. */
  readonly body: string;
}

export function readLuaScript(source: string): LuaScript {
  const [shebang = "", ...lines] = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("--"));
  const header = lines.slice(0, end);
  return {
    shebang,
    keys: namesIn(header, "KEYS"),
    args: namesIn(header, "ARGV"),
    body: lines.slice(end).join("\n"),
  };
}

/** The local names that the body gives to KEYS[1], …, by number; a name that takes none is left out. */
export function boundNames(body: string, table: "KEYS" | "ARGV"): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [, left = "", right = ""] of body.matchAll(/^local ([\w, ]+) = (.*)$/gm)) {
    const values = right.split(",");
    for (const [at, name] of left.split(", ").entries()) {
      const index = new RegExp(`\\b${table}\\[(\\d+)\\]`).exec(values[at] ?? "")?.[1];
      if (index !== undefined) names.set(Number(index), name);
    }
  }
  return names;
}

/** The Redis commands that the body calls. */
export function commandsIn(body: string): ReadonlySet<string> {
  return new Set([...body.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = ""]) => name));
}

function namesIn(header: readonly string[], table: "KEYS" | "ARGV"): readonly string[] {
  const names: string[] = [];
  for (const line of header) {
    const [, index, name = ""] = new RegExp(`^-- ${table}\\[(\\d+)\\] (\\w+)`).exec(line) ?? [];
    if (index !== undefined) names[Number(index) - 1] = name;
  }
  return names;
}

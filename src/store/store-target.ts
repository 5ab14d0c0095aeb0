/** Where sessions are kept, as the operator named it. */
export type StoreTarget =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string }
  | {
      readonly kind: "redis";
      readonly url: string;
      readonly topology: "standalone" | "sentinel" | "cluster";
    };

/** Reads the text of SESSION_STORE. Undefined: it is none of the forms. */
export function parseStoreTarget(text: string): StoreTarget | undefined {
  if (text === "memory:") return { kind: "memory" };
  const [, path] = /^sqlite:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: "sqlite", path };
  const [, topology] = /^rediss?(\+sentinel|\+cluster)?:\/\//.exec(text) ?? [];
  if (!/^rediss?(\+|:)/.test(text)) return undefined;
  if (topology === "+sentinel") return { kind: "redis", url: text, topology: "sentinel" };
  if (topology === "+cluster") return { kind: "redis", url: text, topology: "cluster" };
  return { kind: "redis", url: text, topology: "standalone" };
}

/** What a log line may say of it: no password, no user. */
export function describeTarget(target: StoreTarget): string {
  if (target.kind === "memory") return "memory:";
  if (target.kind === "sqlite") return `sqlite:${target.path}`;
  return target.url.replace(/\/\/.*@/, "//");
}

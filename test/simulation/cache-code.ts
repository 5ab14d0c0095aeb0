import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cachedStore from "../../src/cache/cached-store.ts";
import * as nearCache from "../../src/cache/near-cache.ts";
import * as noticeBoard from "../../src/cache/notice-board.ts";
import * as sharedLeases from "../../src/cache/shared-leases.ts";
import type { Mutant } from "./mutants.ts";
import type { CacheCode } from "./start-process.ts";

const SOURCE = join(import.meta.dir, "..", "..", "src");

/** The cache as it is. */
export const CACHE_CODE: CacheCode = {
  ...cachedStore,
  ...nearCache,
  ...noticeBoard,
  ...sharedLeases,
};

/** The cache without the rule. Throws when the place to change is not exactly one: then the table is to be mended. */
export async function codeWithout({ file, from, to = "", also }: Mutant): Promise<CacheCode> {
  if (file === undefined || from === undefined) return CACHE_CODE;
  const dir = mkdtempSync(join(tmpdir(), "sm-mutant-"));
  try {
    for (const name of sourceNames()) {
      const text = readFileSync(join(SOURCE, "cache", name), "utf8");
      let changed = name === file ? replaceOnce(text, from, to) : text;
      if (name === file && also) changed = replaceOnce(changed, also.from, also.to);
      writeFileSync(join(dir, name), withAbsoluteImports(changed));
    }
    const load = async (name: string) => (await import(join(dir, name))) as Partial<CacheCode>;
    const names = ["cached-store.ts", "near-cache.ts", "notice-board.ts", "shared-leases.ts"];
    return Object.assign({}, ...(await Promise.all(names.map(load)))) as CacheCode;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function sourceNames(): readonly string[] {
  return readdirSync(join(SOURCE, "cache")).filter((name) => /^[\w-]+\.ts$/.test(name));
}

function replaceOnce(text: string, from: string, to: string): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`not exactly once in the source: ${from}`);
  return before + to + after;
}

function withAbsoluteImports(text: string): string {
  return text
    .replaceAll('from "../', `from "${SOURCE}/`)
    .replaceAll('from "lru-cache"', `from "${Bun.resolveSync("lru-cache", SOURCE)}"`);
}

import { createHash } from "node:crypto";
import type { Script } from "../../src/store/redis/link.ts";

export function aScript(source: string): Script {
  return { name: "test", source, sha1: createHash("sha1").update(source).digest("hex") };
}

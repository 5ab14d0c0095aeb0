import { createHash } from "node:crypto";
import { brotliCompressSync } from "node:zlib";

/** A file that the page loads. All fields are text, because a macro can only return what can be written as source. */
export interface BuiltAsset {
  /** "<hash of the content>.js" or ".css". */
  readonly name: string;
  readonly text: string;
  readonly brotliBase64: string;
}

/**
 * Bundles the page's script and style sheet. Runs as a macro, when the file that calls it is transpiled (docs/adr/0009):
 * at every start from source, and once in a build of the executable, which then holds only the result. Bun.build cannot
 * run inside a macro, so this starts `bun build`.
 */
export function buildAssets(): { readonly script: BuiltAsset; readonly style: BuiltAsset } {
  return { script: built(bundle("client.tsx"), "js"), style: built(bundle("devices.css"), "css") };
}

function bundle(file: string): string {
  const command = [process.execPath, "build", file, "--production", "--target=browser"];
  const { success, stdout, stderr } = Bun.spawnSync(command, { cwd: import.meta.dir });
  if (!success) throw new Error(`${file} cannot be bundled: ${stderr.toString()}`);
  return stdout.toString();
}

function built(text: string, extension: string): BuiltAsset {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return {
    name: `${hash}.${extension}`,
    text,
    brotliBase64: brotliCompressSync(text).toString("base64"),
  };
}

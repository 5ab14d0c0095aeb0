import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { assetPath, findAsset, SCRIPT, STYLE } from "./assets.ts";

for (const asset of [SCRIPT, STYLE]) {
  test(`${asset.contentType}: the name tells the content, and both encodings hold it`, () => {
    const hash = createHash("sha256").update(asset.identity).digest("hex");
    expect(asset.name).toStartWith(`${hash.slice(0, 16)}.`);
    expect(brotliDecompressSync(asset.brotli).equals(asset.identity)).toBe(true);
    expect(findAsset(asset.name)).toBe(asset);
    expect(assetPath("/a01", asset)).toBe(`/a01/devices/assets/${asset.name}`);
  });
}

test("no other name finds an asset", () => {
  for (const name of ["", "client.js", "0123456789abcdef.js", "../assets.ts", "constructor"]) {
    expect(findAsset(name)).toBeUndefined();
  }
});

test("the script holds none of the server's rendering, and no development checks", () => {
  const script = new TextDecoder().decode(SCRIPT.identity);
  expect(script).not.toContain("<!doctype");
  expect(script).not.toContain("jsxDEV");
});

test("a build holds the finished files: they are the same without sources and node_modules", () => {
  const dir = mkdtempSync(join(tmpdir(), "sm-assets-"));
  try {
    const outfile = join(dir, "assets.js");
    const build = run(
      "build",
      join(import.meta.dir, "assets.ts"),
      "--target=bun",
      "--minify",
      `--outfile=${outfile}`,
    );
    expect(build).toBe("");
    const script =
      "const { SCRIPT, STYLE } = await import(process.argv[1]); console.log(SCRIPT.name, STYLE.name)";
    expect(run("-e", script, outfile)).toBe(`${SCRIPT.name} ${STYLE.name}\n`);
  } finally {
    rmSync(dir, { recursive: true });
  }

  function run(...args: readonly string[]): string {
    const { stdout, stderr, success } = Bun.spawnSync([process.execPath, ...args], { cwd: dir });
    if (!success) throw new Error(stderr.toString());
    return args[0] === "build" ? "" : stdout.toString();
  }
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { documents } from "../support/documents.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const ROOT = join(import.meta.dir, "..", "..");

test("every TypeScript in the documents is right, as somebody would copy it", async () => {
  using dir = temporaryDirectory();
  symlinkSync(join(ROOT, "node_modules"), join(dir.path, "node_modules"));
  const blocks = (await documents()).flatMap(({ path, blocks: all }) =>
    all.filter(({ language }) => language === "ts").map((block) => ({ path, ...block })),
  );
  expect(blocks.length).toBeGreaterThan(4);
  for (const { path, line, text } of blocks) {
    const name = `${path.replaceAll(/[/.]/g, "-")}-line-${line}.ts`;
    await Bun.write(join(dir.path, name), `${text}\nexport {};\n`);
  }
  await Bun.write(join(dir.path, "tsconfig.json"), JSON.stringify(tsconfig()));
  const tsc = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "-p", dir.path]);
  expect(tsc.stdout.toString()).toBe("");
});

/** The project's, but for what is a matter of its own taste. */
function tsconfig(): object {
  const client = (file: string) => [join(ROOT, "src/client", file)];
  return {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noPropertyAccessFromIndexSignature: false,
      noUnusedLocals: false,
      typeRoots: [join(ROOT, "node_modules")],
      paths: {
        "session-manager-client": client("main.ts"),
        "session-manager-client/*": client("*.ts"),
      },
    },
    include: ["*.ts"],
  };
}

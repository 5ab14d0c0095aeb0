import { expect, test } from "bun:test";
import { join } from "node:path";
import { withSettingsTable } from "../scripts/docs.ts";

test("the README's table of settings is the one in the code (npm run docs writes it)", async () => {
  const readme = await Bun.file(join(import.meta.dir, "..", "README.md")).text();
  expect(readme).toBe(withSettingsTable(readme));
});

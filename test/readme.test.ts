import { expect, test } from "bun:test";
import { join } from "node:path";
import { DOCUMENTS_WITH_SETTINGS, withSettingsTable } from "../scripts/docs.ts";

test.each(DOCUMENTS_WITH_SETTINGS)(
  "the table of settings in %s is the one in the code (npm run docs writes it)",
  async (path) => {
    const document = await Bun.file(join(import.meta.dir, "..", path)).text();
    expect(document).toBe(withSettingsTable(document));
  },
);

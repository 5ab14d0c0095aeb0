import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { type TestReport, closingLine } from "./test-report.ts";
import { runTests } from "./test.ts";

const RESULT = join(import.meta.dir, "..", "docs", "verify.md");

/** The tests in full size, and their result for the record. */
async function verify(): Promise<number> {
  const startedAt = performance.now();
  const { exitCode, report } = await runTests([], { VERIFY: "1" });
  if (report) await Bun.write(RESULT, resultText(report, (performance.now() - startedAt) / 1000));
  return exitCode;
}

function resultText(report: TestReport, seconds: number): string {
  const rows = report.suites
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map(
      ({ file, passed, failed, skipped, seconds: time }) =>
        `| ${file} | ${passed} | ${failed} | ${skipped} | ${time.toFixed(1)} |`,
    );
  return `# The last full verification

Written by \`npm run verify\`, which runs every test in its full size. Nobody edits this file.

- When: ${new Date().toISOString()}
- Result: **${closingLine(report)}** in ${Math.round(seconds)} s
- Versions: Bun ${Bun.version}, ${versionOf("redis-server")}, Linux ${release()}
- Machine: ${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB of memory

| file | passed | failed | skipped | seconds |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function versionOf(program: string): string {
  const { stdout } = Bun.spawnSync([program, "--version"]);
  return `${program} ${/v=(\S+)/.exec(stdout.toString())?.[1] ?? "of an unknown version"}`;
}

process.exit(await verify());

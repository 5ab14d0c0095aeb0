import { rmSync } from "node:fs";
import { join } from "node:path";
import { type TestReport, closingLine, readTestReport } from "./test-report.ts";
import { MissingTools, ensureTestTools } from "./test-tools.ts";

const ROOT = join(import.meta.dir, "..");
const JUNIT = join(ROOT, "junit.xml");

export interface TestRun {
  /** 0 only when every test passed and none was left out. */
  readonly exitCode: number;
  /** Undefined when the tests did not even begin. */
  readonly report?: TestReport;
}

/** Runs the tests, all of them or those that `args` name, and prints their closing line last. */
export async function runTests(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TestRun> {
  try {
    ensureTestTools((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    if (!(error instanceof MissingTools)) throw error;
    process.stderr.write(
      `The tests need programs that are not installed. Type:\n\n  ${error.message}\n`,
    );
    return { exitCode: 1 };
  }
  rmSync(JUNIT, { force: true });
  const exitCode = await bunTest(args, environment);
  const report = withFailure(await readReport(), exitCode);
  for (const name of report.skippedNames) process.stdout.write(`skipped: ${name}\n`);
  process.stdout.write(`${closingLine(report)}\n`);
  // The report decides too: a run in parallel was seen to end with 0 although a test had failed.
  const isRed = report.failed > 0 || report.skipped > 0;
  return { exitCode: isRed ? exitCode || 1 : exitCode, report };
}

async function readReport(): Promise<TestReport> {
  const file = Bun.file(JUNIT);
  return readTestReport((await file.exists()) ? await file.text() : "");
}

/** A file that cannot be loaded fails the run and is not in the report: it counts as one failure. */
function withFailure(report: TestReport, exitCode: number): TestReport {
  return exitCode === 0 || report.failed > 0 ? report : { ...report, failed: 1 };
}

async function bunTest(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const flags = [
    "--parallel",
    "--timeout=60000",
    "--reporter=junit",
    `--reporter-outfile=${JUNIT}`,
  ];
  const child = Bun.spawn([process.execPath, "test", ...flags, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return child.exited;
}

if (import.meta.main) process.exit((await runTests(process.argv.slice(2))).exitCode);

/** What one test file came to. */
export interface SuiteResult {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

export interface TestReport {
  readonly suites: readonly SuiteResult[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of the tests that did not run. */
  readonly skippedNames: readonly string[];
}

/** Reads the JUnit file that `bun test` writes. */
export function readTestReport(junit: string): TestReport {
  const whole = tagsOf("testsuites", junit)[0] ?? "";
  const suites = tagsOf("testsuite", junit)
    .filter((tag) => attribute(tag, "file") === attribute(tag, "name"))
    .map((tag) => ({
      file: attribute(tag, "file"),
      ...countsOf(tag),
      seconds: number(tag, "time"),
    }));
  const skippedNames = junit
    .split("<testcase ")
    .filter((testcase) => testcase.includes("<skipped"))
    .map((testcase) => attribute(`<testcase ${testcase}`, "name"));
  return { suites, ...countsOf(whole), skippedNames };
}

/** The line that machines read the outcome from. */
export function closingLine({ passed, failed, skipped }: TestReport): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function countsOf(tag: string) {
  const failed = number(tag, "failures");
  const skipped = number(tag, "skipped");
  return { passed: number(tag, "tests") - failed - skipped, failed, skipped };
}

function tagsOf(name: string, xml: string): readonly string[] {
  return xml.match(new RegExp(`<${name} [^>]*>`, "g")) ?? [];
}

function number(tag: string, name: string): number {
  return Number(attribute(tag, name));
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
}

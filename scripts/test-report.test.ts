import { describe, expect, test } from "bun:test";
import { closingLine, readTestReport } from "./test-report.ts";

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" assertions="5" failures="1" skipped="1" time="2.5">
  <testsuite name="src/a.test.ts" file="src/a.test.ts" tests="3" assertions="4" failures="1" skipped="1" time="2.25" hostname="h">
    <testsuite name="a group" file="src/a.test.ts" line="7" tests="3" assertions="4" failures="1" skipped="1" time="2" hostname="h">
      <testcase name="holds" classname="a group" time="0.1" file="src/a.test.ts" line="8" assertions="4" />
      <testcase name="is left out" classname="a group" time="0" file="src/a.test.ts" line="9" assertions="0">
        <skipped />
      </testcase>
      <testcase name="fails" classname="a group" time="0" file="src/a.test.ts" line="9" assertions="0">
        <failure type="Error" message="no" />
      </testcase>
    </testsuite>
  </testsuite>
  <testsuite name="b.test.ts" file="b.test.ts" tests="1" assertions="1" failures="0" skipped="0" time="0.25" hostname="h">
    <testcase name="ok" classname="" time="0" file="b.test.ts" line="2" assertions="1" />
  </testsuite>
</testsuites>`;

describe("the report of the tests", () => {
  test("ends in one line with what passed, failed and was skipped", () => {
    expect(closingLine(readTestReport(JUNIT))).toBe("2 passed, 1 failed, 1 skipped");
  });

  test("counts each file once, groups within it included", () => {
    expect(readTestReport(JUNIT).suites).toEqual([
      { file: "src/a.test.ts", passed: 1, failed: 1, skipped: 1, seconds: 2.25 },
      { file: "b.test.ts", passed: 1, failed: 0, skipped: 0, seconds: 0.25 },
    ]);
  });

  test("names what was skipped", () => {
    expect(readTestReport(JUNIT).skippedNames).toEqual(["is left out"]);
  });

  test("without a report nothing passed", () => {
    expect(closingLine(readTestReport(""))).toBe("0 passed, 0 failed, 0 skipped");
  });
});

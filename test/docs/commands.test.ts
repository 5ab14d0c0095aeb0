import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { DocumentShell } from "../support/document-shell.ts";
import { type Block, type Document, documents, markOf } from "../support/documents.ts";
import { shapeOf } from "../support/json-shape.ts";

setDefaultTimeout(120_000);

/** Why a block is not run here: what it needs cannot be had in a test, or is there only once. */
const REASONS: Readonly<Record<string, string>> = {
  install: "fetches packages",
  forever: "is an example that test/examples runs, and ends",
  build: "takes minutes; the executable and the packages have tests of their own",
  tests: "runs the tests themselves",
  docker: "needs a Docker engine",
  kubectl: "needs a cluster of Kubernetes",
  root: "changes the machine",
};

const MARKS = /^(?:skip=[a-z]+|background|status=[45]\d\d|answer)$/;
const all = await documents();
const withCommands = all.filter(({ blocks }) => blocks.some(isCommand));

function isCommand({ language }: Block): boolean {
  return language === "sh";
}

function asksService({ text }: Block): boolean {
  return /localhost:8090|^sessionsrv (?!keys|openapi)/m.test(text);
}

/** Whether the block behind this one shows what it answers. */
function answerOf({ blocks }: Document, block: Block): Block | undefined {
  const next = blocks[blocks.indexOf(block) + 1];
  return next !== undefined && markOf(next, "answer") !== undefined ? next : undefined;
}

describe("the documents", () => {
  test("were found, and have commands", () => {
    expect(all.length).toBeGreaterThan(20);
    expect(withCommands.length).toBeGreaterThan(5);
  });

  test("mark every command as such: no other block begins with one", () => {
    const typed = /^(?:\$ )?(?:curl|npm|npx|docker|kubectl|sessionsrv|systemctl|git) /m;
    const hidden = all.flatMap(({ path, blocks }) =>
      blocks
        .filter((block) => !isCommand(block) && typed.test(block.text))
        .map(({ line }) => `${path}:${line}`),
    );
    expect(hidden).toEqual([]);
  });

  test("say why a command is not run, in words that are known", () => {
    for (const { path, blocks } of all)
      for (const block of blocks.filter(({ marks }) => marks.length > 0)) {
        const where = `${path}:${block.line}`;
        for (const mark of block.marks) expect(mark, where).toMatch(MARKS);
        const reason = markOf(block, "skip");
        if (reason !== undefined) expect(Object.keys(REASONS), where).toContain(reason);
      }
  });
});

describe("every command works as it is written", () => {
  for (const document of withCommands) {
    test(document.path, async () => {
      await using shell = await DocumentShell.open();
      const commands = document.blocks.filter(
        (block) => isCommand(block) && markOf(block, "skip") === undefined,
      );
      const [first] = commands;
      const isServed = first !== undefined && markOf(first, "background") !== undefined;
      if (!isServed && commands.some(asksService)) await shell.serve("sessionsrv serve");
      for (const block of commands) await runBlock(document, block, shell);
    });
  }
});

async function runBlock(document: Document, block: Block, shell: DocumentShell): Promise<void> {
  const where = `${document.path}:${block.line}`;
  if (markOf(block, "background") !== undefined) return shell.serve(block.text);
  const { exitCode, stdout, stderr } = await shell.run(block.text);
  const status = markOf(block, "status");
  if (status === undefined)
    expect([where, exitCode, stderrOf(exitCode, stdout + stderr)]).toEqual([where, 0, ""]);
  else expect([where, stderr]).toEqual([where, expect.stringContaining(`error: ${status}`)]);
  const answer = answerOf(document, block);
  if (answer !== undefined) expect([where, shapeOf(stdout)]).toEqual([where, shapeOf(answer.text)]);
}

function stderrOf(exitCode: number, output: string): string {
  return exitCode === 0 ? "" : output;
}

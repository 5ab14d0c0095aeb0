import { styleText } from "node:util";
import { visibleText } from "../../text/visible-text.ts";
import type { CliParts } from "../cli-parts.ts";
import { type Cell, tableLines } from "./table.ts";

export type Style = Parameters<typeof styleText>[0];

/** Standard output for people and for programs. Nothing a user wrote reaches a terminal as a control character. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #hasColors: boolean;

  constructor({
    write,
    terminal,
    environment,
  }: Pick<CliParts, "write" | "terminal" | "environment">) {
    this.#write = write;
    this.#hasColors = terminal.output && wantsColors(environment);
  }

  line(text: string): void {
    this.#write(`${visibleText(text)}\n`);
  }

  /** Rows below their headings. Without rows: nothing but `empty`. */
  table(headings: readonly string[], rows: readonly (readonly string[])[], empty: string): void {
    if (rows.length === 0) return this.line(empty);
    const head = headings.map((text): Cell => ({
      text,
      paint: (shown) => this.paint("bold", shown),
    }));
    const body = rows.map((row) => row.map((text): Cell => ({ text: visibleText(text) })));
    this.#write(`${tableLines([head, ...body]).join("\n")}\n`);
  }

  /** Names with their values, one a line; those without a value are left out. */
  pairs(pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    const rows = pairs.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[{ text: name, paint: this.#dim }, { text: visibleText(value) }] as const],
    );
    this.#write(`${tableLines(rows).join("\n")}\n`);
  }

  /** One JSON value, in ASCII as far as invisible characters go. */
  json(value: unknown): void {
    this.#write(jsonLine(value));
  }

  /** A line whose first word is in a style. */
  marked(style: Style, word: string, text: string): void {
    this.#write(`${this.paint(style, word)}${visibleText(text)}\n`);
  }

  paint(style: Style, text: string): string {
    return this.#hasColors ? styleText(style, text, { validateStream: false }) : text;
  }

  readonly #dim = (shown: string): string => this.paint("dim", shown);
}

/** https://no-color.org: any value but the empty one. */
function wantsColors(environment: CliParts["environment"]): boolean {
  return !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}

/** A line with one JSON value, in ASCII as far as invisible characters go. */
export function jsonLine(value: unknown): string {
  return `${visibleJson(JSON.stringify(value))}\n`;
}

/** JSON with what JSON.stringify leaves as it is, and a terminal may act on, as \uXXXX: the same value. */
function visibleJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escapeOf(character.charCodeAt(at))).join(
      "",
    ),
  );
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

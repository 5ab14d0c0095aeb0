import { KeyRing, SealError } from "../seal/key-ring.ts";
import type { DigestResult } from "./digest.ts";

/** The first line of an export. */
export interface ExportHeader {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** Random, in base64url: what was sealed in one export opens in no other. */
  readonly export_id: string;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  readonly sealed: boolean;
}

export const FORMAT = "session-manager-sessions";
export const VERSION = 1;

/** What a line after the first holds: a session, or the end. */
export type Entry = { readonly session: unknown } | { readonly end: DigestResult };

export type ReadEntry = { readonly entry: Entry } | { readonly mistake: string };

/** Writes and reads the lines after the first: as they are, or sealed (docs/export-format.md). */
export class EntryLines {
  readonly #keyRing: KeyRing;
  readonly #isSealed: boolean;
  readonly #name: string;
  readonly #associated: Uint8Array;

  /** `masters`: the keys of a sealed export, 32 bytes each, the newest first. */
  constructor(header: ExportHeader, masters: readonly Uint8Array[]) {
    this.#isSealed = header.sealed;
    this.#keyRing = new KeyRing(masters);
    this.#name = `export ${header.export_id}`;
    this.#associated = Buffer.from(`${FORMAT} ${VERSION}`);
  }

  write(entry: Entry): string {
    const text = JSON.stringify(entry);
    if (!this.#isSealed) return `${text}\n`;
    const box = this.#keyRing.seal(this.#name, Buffer.from(text), this.#associated);
    return `${JSON.stringify({ box: Buffer.from(box).toString("base64url") })}\n`;
  }

  /** A mistake shows nothing of the line. */
  read(line: string): ReadEntry {
    const outer = parseObject(line);
    if (outer === undefined) return { mistake: "is not a JSON object" };
    if (!this.#isSealed) return entryOf(outer);
    if (typeof outer["box"] !== "string") return { mistake: "has no box, in a sealed export" };
    try {
      const box = Buffer.from(outer["box"], "base64url");
      const opened = this.#keyRing.open(this.#name, box, this.#associated);
      return entryOf(parseObject(Buffer.from(opened).toString()) ?? {});
    } catch (error) {
      if (error instanceof SealError) return { mistake: `cannot be opened: ${error.message}` };
      throw error;
    }
  }
}

/** Undefined for any line but the first of an export that this version reads. */
export function readHeader(line: string): ExportHeader | undefined {
  const header = parseObject(line);
  const isOurs =
    header?.["format"] === FORMAT &&
    header["version"] === VERSION &&
    typeof header["export_id"] === "string" &&
    typeof header["sealed"] === "boolean";
  return isOurs ? (header as unknown as ExportHeader) : undefined;
}

function entryOf(object: Readonly<Record<string, unknown>>): ReadEntry {
  const { session, end } = object;
  if (isObject(session)) return { entry: { session } };
  if (!isObject(end)) return { mistake: "holds neither a session nor the end" };
  const { sessions, digest } = end;
  if (typeof sessions !== "number" || typeof digest !== "string")
    return { mistake: "is an end without count or digest" };
  return { entry: { end: { sessions, digest } } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { RandomBytes } from "../session/id.ts";
import type { Policy } from "../session/policy.ts";
import { type SessionScan, pagesOf } from "../store/session-scan.ts";
import { type DigestResult, DigestSum, LiveDigest } from "./digest.ts";
import { EntryLines, type ExportHeader, FORMAT, VERSION } from "./export-format.ts";
import { documentOf } from "./session-document.ts";

export interface ExportParts {
  readonly source: SessionScan;
  readonly policy: Pick<Policy, "notBefore">;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
  /** 32 bytes each, the newest first. Undefined: the export is plain. */
  readonly keys: readonly Uint8Array[] | undefined;
  /** Takes whole lines. */
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  readonly onUnreadable: (reason: string) => void;
}

export interface ExportResult extends DigestResult {
  /** An interrupted export has no end line, and an import tells so. */
  readonly end: "finished" | "interrupted";
  readonly expired: number;
  readonly unreadable: number;
}

/** Writes every live session as one line, between a header and the end with count and digest. */
export async function exportSessions(parts: ExportParts): Promise<ExportResult> {
  const { source, policy, keys = [], write } = parts;
  const header = headerOf(parts);
  const lines = new EntryLines(header, keys);
  const seen = new LiveDigest(parts.now(), policy);
  const sum = new DigestSum();
  let [unreadable, done, isInterrupted] = [0, 0, false];
  await write(`${JSON.stringify(header)}\n`);
  for await (const page of pagesOf(source)) {
    const texts: string[] = [];
    for (const found of page) {
      if ("unreadable" in found) {
        unreadable += 1;
        parts.onUnreadable(found.unreadable);
      } else if (seen.add(found.session)) {
        sum.add(found.session);
        texts.push(lines.write({ session: documentOf(found.session) }));
      }
    }
    await write(texts.join(""));
    done += page.length;
    parts.onProgress(done);
    isInterrupted = parts.signal.aborted;
    if (isInterrupted) break;
  }
  if (!isInterrupted) await write(lines.write({ end: sum.result }));
  const end = isInterrupted ? "interrupted" : "finished";
  return { ...sum.result, end, expired: seen.over, unreadable };
}

function headerOf({ randomBytes, now, keys }: ExportParts): ExportHeader {
  return {
    format: FORMAT,
    version: VERSION,
    export_id: Buffer.from(randomBytes(12)).toString("base64url"),
    created_at: new Date(now()).toISOString(),
    sealed: keys !== undefined,
  };
}

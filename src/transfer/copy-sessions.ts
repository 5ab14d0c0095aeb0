import type { Policy } from "../session/policy.ts";
import type { SessionId } from "../session/id.ts";
import type { SessionStore } from "../session/store.ts";
import { type Scanned, type SessionScan, pagesOf } from "../store/session-scan.ts";
import { type DigestResult, LiveDigest } from "./digest.ts";
import { type PutOutcome, putSession } from "./put-session.ts";

export interface CopyParts {
  readonly source: SessionScan;
  readonly target: SessionStore;
  /** Reads the target. */
  readonly targetScan: SessionScan;
  readonly policy: Pick<Policy, "notBefore">;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Once it is aborted, the copy ends after the page under way. */
  readonly signal: AbortSignal;
  /** Told after every page how many sessions have been looked at. */
  readonly onProgress: (step: "copying" | "comparing", done: number) => void;
  /** Told of each session that cannot be opened. */
  readonly onUnreadable: (reason: string) => void;
  /** End with the first session that cannot be opened. */
  readonly isStrict: boolean;
  /** Close what the target has and the source has not. */
  readonly removesOthers: boolean;
}

interface CopyCounts extends Record<PutOutcome, number> {
  /** Past a deadline, or from before SESSION_NOT_BEFORE: left behind. */
  expired: number;
  unreadable: number;
}

export interface CopyResult {
  readonly end: "finished" | "interrupted" | "stopped";
  readonly counts: CopyCounts;
  /** Only of a copy that finished. */
  readonly comparison?: Comparison;
}

interface Comparison {
  readonly source: DigestResult;
  /** Of the source's sessions as the target has them. */
  readonly target: DigestResult;
  /** Sessions of the target that the source has not. */
  readonly others: number;
  readonly removed: number;
}

/**
 * Copies every live session as it is, then reads both sides again and compares them. Safe to end at any moment and to
 * begin again: what is there already is left alone (put-session.ts).
 */
export async function copySessions(parts: CopyParts): Promise<CopyResult> {
  const counts = { added: 0, same: 0, updated: 0, kept: 0, expired: 0, unreadable: 0 };
  const digest = new LiveDigest(parts.now(), parts.policy);
  let done = 0;
  for await (const page of pagesOf(parts.source)) {
    const isGood = await copyPage(page, parts, digest, counts);
    done += page.length;
    parts.onProgress("copying", done);
    if (!isGood && parts.isStrict) return { end: "stopped", counts };
    if (parts.signal.aborted) return { end: "interrupted", counts };
  }
  counts.expired = digest.over;
  const comparison = await compare(parts, digest);
  return comparison ? { end: "finished", counts, comparison } : { end: "interrupted", counts };
}

/** False when a session of the page could not be opened. */
async function copyPage(
  page: readonly Scanned[],
  { target, onUnreadable }: CopyParts,
  digest: LiveDigest,
  counts: CopyCounts,
): Promise<boolean> {
  const before = counts.unreadable;
  const puts = page.map(async (found) => {
    if ("unreadable" in found) {
      digest.note(found.where);
      counts.unreadable += 1;
      onUnreadable(found.unreadable);
    } else if (digest.add(found.session)) counts[await putSession(target, found.session)] += 1;
  });
  // All have to end before the first failure is told: nothing may be under way after the end.
  const failed = (await Promise.allSettled(puts)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  counts.expired = digest.over;
  return counts.unreadable === before;
}

/** Undefined when it was interrupted. */
async function compare(parts: CopyParts, source: LiveDigest): Promise<Comparison | undefined> {
  const { targetScan, policy, now, signal, onProgress } = parts;
  const target = new LiveDigest(now(), policy);
  const others: SessionId[] = [];
  let done = 0;
  for await (const page of pagesOf(targetScan)) {
    for (const found of page) {
      if (!("session" in found)) continue;
      if (source.knows(found.session.id)) target.add(found.session);
      else if (target.note(found.session.id)) others.push(found.session.id);
    }
    done += page.length;
    onProgress("comparing", done);
    if (signal.aborted) return undefined;
  }
  const removed = parts.removesOthers ? await removeAll(parts.target, others) : 0;
  const at = now();
  return {
    source: source.resultAt(at),
    target: target.resultAt(at),
    others: others.length - removed,
    removed,
  };
}

async function removeAll(store: SessionStore, ids: readonly SessionId[]): Promise<number> {
  for (const id of ids) await store.delete(id);
  return ids.length;
}

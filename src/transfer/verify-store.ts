import { type Policy } from "../session/policy.ts";
import { type SessionScan, pagesOf } from "../store/session-scan.ts";
import { type DigestResult, LiveDigest } from "./digest.ts";

export interface VerifyParts {
  readonly source: SessionScan;
  readonly policy: Pick<Policy, "notBefore">;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
  /** Told of each thing that is wrong, in one sentence. */
  readonly onFault: (fault: string) => void;
}

export interface VerifyResult extends DigestResult {
  readonly end: "finished" | "interrupted";
  readonly expired: number;
  /** Records that no configured key opens, or that were altered. */
  readonly unreadable: number;
  /** Differences between the sessions and what they are listed by. */
  readonly indexFaults: number;
  /** Sealed with another key than the newest. */
  readonly olderSeals: number;
  readonly isSealed: boolean;
}

/** Opens every record, and compares the sessions with what they are listed by. */
export async function verifyStore(parts: VerifyParts): Promise<VerifyResult> {
  const { source, policy, now, signal, onProgress, onFault } = parts;
  const digest = new LiveDigest(now(), policy);
  let [unreadable, indexFaults, olderSeals, done, isSealed] = [0, 0, 0, 0, true];
  const result = (end: VerifyResult["end"]): VerifyResult => {
    const counts = { expired: digest.over, unreadable, indexFaults, olderSeals, isSealed };
    return { end, ...digest.resultAt(now()), ...counts };
  };
  for await (const page of pagesOf(source)) {
    for (const found of page) {
      if ("unreadable" in found) {
        unreadable += 1;
        onFault(found.unreadable);
        continue;
      }
      digest.add(found.session);
      if (found.seal === "older") olderSeals += 1;
      if (found.seal === "plain") isSealed = false;
    }
    done += page.length;
    onProgress(done);
    if (signal.aborted) return result("interrupted");
  }
  for await (const fault of source.indexFaults()) {
    indexFaults += 1;
    onFault(fault);
    if (signal.aborted) return result("interrupted");
  }
  return result("finished");
}

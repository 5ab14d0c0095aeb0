import { hash } from "node:crypto";
import { type Policy, isLiveUnder } from "../session/policy.ts";
import { type Session, deadlineOf } from "../session/session.ts";
import { canonicalText } from "./session-document.ts";

/** How many sessions, and 64 hex digits that are the same for the same sessions in whatever order they come. */
export interface DigestResult {
  readonly sessions: number;
  readonly digest: string;
}

const MODULUS = 2n ** 256n;

/** SHA-256 of each session's canonical text, added up modulo 2^256. */
export class DigestSum {
  #sum = 0n;
  #sessions = 0;

  add(session: Session): void {
    this.addHash(hashOf(session));
  }

  addHash(value: bigint): void {
    this.#sum = (this.#sum + value) % MODULUS;
    this.#sessions += 1;
  }

  get result(): DigestResult {
    return { sessions: this.#sessions, digest: this.#sum.toString(16).padStart(64, "0") };
  }
}

/** Sessions that end sooner than this are remembered one by one: they may end while two stores are compared. */
const ENDING_SOON_MS = 6 * 3_600_000;

/**
 * The digest of the live sessions of a store. Two stores are compared as of one instant after both were read, so that a
 * session that ended in between counts in neither.
 */
export class LiveDigest {
  readonly #startedAt: number;
  readonly #policy: Pick<Policy, "notBefore">;
  readonly #ids = new Set<string>();
  readonly #lasting = new DigestSum();
  readonly #ending: { readonly deadline: number; readonly value: bigint }[] = [];
  #over = 0;

  constructor(startedAt: number, policy: Pick<Policy, "notBefore">) {
    this.#startedAt = startedAt;
    this.#policy = policy;
  }

  /** How many were over when they were met. */
  get over(): number {
    return this.#over;
  }

  /** False for one that was met before, or is over: it does not count. */
  add(session: Session): boolean {
    if (!this.note(session.id)) return false;
    if (!isLiveUnder(this.#policy, session, this.#startedAt)) {
      this.#over += 1;
      return false;
    }
    const deadline = deadlineOf(session);
    const value = hashOf(session);
    if (deadline > this.#startedAt + ENDING_SOON_MS) this.#lasting.addHash(value);
    else this.#ending.push({ deadline, value });
    return true;
  }

  /** Remembers that there is a session of this id, whatever it holds. False when that was known. */
  note(id: string): boolean {
    const short = shortened(id);
    if (this.#ids.has(short)) return false;
    this.#ids.add(short);
    return true;
  }

  knows(id: string): boolean {
    return this.#ids.has(shortened(id));
  }

  /** What counts of the sessions that are live at `now`, at or after the start. */
  resultAt(now: number): DigestResult {
    const sum = new DigestSum();
    for (const { deadline, value } of this.#ending) if (deadline > now) sum.addHash(value);
    const [soon, lasting] = [sum.result, this.#lasting.result];
    const total = (BigInt(`0x${soon.digest}`) + BigInt(`0x${lasting.digest}`)) % MODULUS;
    return {
      sessions: soon.sessions + lasting.sessions,
      digest: total.toString(16).padStart(64, "0"),
    };
  }
}

function hashOf(session: Session): bigint {
  return BigInt(`0x${hash("sha256", canonicalText(session), "hex")}`);
}

/** 16 characters instead of 36: millions of them are kept. */
function shortened(id: string): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("latin1");
}

import { describe } from "bun:test";
import type { OpenStore } from "./opened-store.ts";
import { describeCap } from "./topics/cap.ts";
import { describeClosing } from "./topics/closing.ts";
import { describeDelete } from "./topics/delete.ts";
import { describeFidelity } from "./topics/fidelity.ts";
import { describeIdempotency } from "./topics/idempotency.ts";
import { describeInsert } from "./topics/insert.ts";
import { describeIsolation } from "./topics/isolation.ts";
import { describeList } from "./topics/list.ts";
import { describePurge } from "./topics/purge.ts";
import { describeRaces } from "./topics/races.ts";
import { describeReplace } from "./topics/replace.ts";
import { describeRevocations } from "./topics/revocations.ts";
import { describeTouch } from "./topics/touch.ts";

/**
 * What src/session/store.ts promises, as tests. Every store passes the same suite. `open` gives each test a store with
 * data of its own.
 */
export function describeSessionStore(name: string, open: OpenStore): void {
  describe(`${name} keeps the session store contract`, () => {
    describeInsert(open);
    describeFidelity(open);
    describeReplace(open);
    describeTouch(open);
    describeDelete(open);
    describeList(open);
    describePurge(open);
    describeCap(open);
    describeIdempotency(open);
    describeRevocations(open);
    describeIsolation(open);
    describeClosing(open);
    describeRaces(open);
  });
}

import { hash } from "node:crypto";
import type { Script } from "./link.ts";
import deleteByUserSource from "./lua/delete-by-user.lua" with { type: "text" };
import deleteSource from "./lua/delete.lua" with { type: "text" };
import insertSource from "./lua/insert.lua" with { type: "text" };
import leaseAnnounceSource from "./lua/lease-announce.lua" with { type: "text" };
import leaseRenewSource from "./lua/lease-renew.lua" with { type: "text" };
import listByUserSource from "./lua/list-by-user.lua" with { type: "text" };
import logoutAddSource from "./lua/logout-add.lua" with { type: "text" };
import logoutNoteSource from "./lua/logout-note.lua" with { type: "text" };
import replaceSource from "./lua/replace.lua" with { type: "text" };
import revocationsClaimSource from "./lua/revocations-claim.lua" with { type: "text" };
import touchSource from "./lua/touch.lua" with { type: "text" };

/** One script for each port method that one command cannot do. */
export const SCRIPTS = {
  insert: scriptOf("insert", insertSource),
  replace: scriptOf("replace", replaceSource),
  touch: scriptOf("touch", touchSource),
  delete: scriptOf("delete", deleteSource),
  deleteByUser: scriptOf("deleteByUser", deleteByUserSource),
  listByUser: scriptOf("listByUser", listByUserSource),
} as const satisfies Record<string, Script>;

/** What the leases of the processes are kept with. */
export const LEASE_SCRIPTS = {
  leaseRenew: scriptOf("leaseRenew", leaseRenewSource),
  leaseAnnounce: scriptOf("leaseAnnounce", leaseAnnounceSource),
} as const satisfies Record<string, Script>;

/** What the queue of revocations is claimed with; the store's scripts fill it. */
export const REVOCATION_SCRIPTS = {
  revocationsClaim: scriptOf("revocationsClaim", revocationsClaimSource),
} as const satisfies Record<string, Script>;

/** What is known of logins, where one command cannot do it. */
export const LOGIN_SCRIPTS = {
  logoutAdd: scriptOf("logoutAdd", logoutAddSource),
  logoutNote: scriptOf("logoutNote", logoutNoteSource),
} as const satisfies Record<string, Script>;

/** `name` appears in errors. */
export function scriptOf(name: string, source: string): Script {
  return { name, source, sha1: hash("sha1", source, "hex") };
}

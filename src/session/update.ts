import type { AttributeChanges, Session, Version } from "./session.ts";

export interface UpdateRequest {
  readonly changes: AttributeChanges;
  /** Not changeable: must equal what is stored. */
  readonly userId?: string;
  readonly deviceId?: string;
  /** The update happens only if this holds of the stored version (RFC 9110 section 13.1.1). */
  readonly ifVersion?: (version: Version) => boolean;
}

export type UpdateOutcome =
  | { readonly outcome: "updated"; readonly session: Session }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "version_mismatch" }
  | { readonly outcome: "immutable"; readonly field: "userId" | "deviceId" };

/** Why `current` must not be updated as asked; undefined: it may. */
export function refuseUpdate(current: Session, request: UpdateRequest): UpdateOutcome | undefined {
  if (request.ifVersion && !request.ifVersion(current.version))
    return { outcome: "version_mismatch" };
  if (request.userId !== undefined && request.userId !== current.userId)
    return { outcome: "immutable", field: "userId" };
  if (request.deviceId !== undefined && request.deviceId !== current.deviceId)
    return { outcome: "immutable", field: "deviceId" };
  return undefined;
}

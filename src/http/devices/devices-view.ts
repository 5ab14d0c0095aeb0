import { describeDevice } from "../../page/device-name.ts";
import type { DevicesView, DeviceView } from "../../page/model.ts";
import type { Clock } from "../../session/clock.ts";
import { type SessionDetails, listWithDetails } from "../../session/details.ts";
import type { SessionId } from "../../session/id.ts";
import type { SessionManager } from "../../session/manager.ts";
import type { UserCaller } from "../auth/caller.ts";
import { instant } from "../instant.ts";

export interface DevicesParts {
  readonly manager: SessionManager;
  readonly clock: Clock;
  /** "" or "/…" without a slash at the end. */
  readonly basePath: string;
}

/** What the caller's devices page shows. Throws SessionError when the store fails. */
export async function devicesView(parts: DevicesParts, caller: UserCaller): Promise<DevicesView> {
  const { userId, id } = caller.session;
  const sessions = await listWithDetails(parts.manager, userId);
  return {
    base_path: parts.basePath,
    ...(isTelling(userId) ? { user_id: userId } : {}),
    as_of: instant(parts.clock.now()),
    sessions: sessions.map((session) => deviceView(session, id)),
  };
}

/** A number or a GUID means nothing to its user. */
function isTelling(userId: string): boolean {
  return !/^(?:\d+|[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12})$/i.test(userId);
}

function deviceView(session: SessionDetails, currentId: SessionId): DeviceView {
  return {
    session_id: session.id,
    ...describeDevice(session.userAgent),
    device_id: session.deviceId,
    last_used_at: instant(session.lastUsedAt),
    created_at: instant(session.createdAt),
    ...(session.ipAddress === undefined ? {} : { ip_address: session.ipAddress }),
    current: session.id === currentId,
  };
}

/** What the devices page shows. Also the JSON that its script reads: `GET /devices` with `Accept: application/json`. */
export interface DevicesView {
  /** Where the API is mounted, without a slash at the end: "/a01", or "" for the root. */
  readonly base_path: string;
  /** Shown when present: some applications' user ids mean nothing to their users. */
  readonly user_id?: string;
  /** When the service read the list, RFC 3339. "5 minutes ago" counts from here, so a wrong clock does not show. */
  readonly as_of: string;
  /** In any order: the page puts the current one first and keeps the order of the others. */
  readonly sessions: readonly DeviceView[];
  /** What the request before this one did. */
  readonly notice?: Notice;
}

/** One session of the user, in the words of the page. Never holds a token, a code or the email. */
export interface DeviceView {
  readonly session_id: string;
  /** "Firefox on Windows"; "Unknown device" when the login brought no usable user agent. Any characters. */
  readonly device_name: string;
  readonly device_kind: DeviceKind;
  readonly device_id: string;
  /** RFC 3339. The recorded use, which may lag behind the true one by up to an hour. */
  readonly last_used_at: string;
  /** RFC 3339. */
  readonly created_at: string;
  /** The browser's at login; absent when the login did not say. */
  readonly ip_address?: string;
  /** The session this request was made with. At most one is. */
  readonly current: boolean;
}

export type DeviceKind = "desktop" | "phone" | "tablet" | "bot" | "unknown";

/** What a user can ask for. Each is confirmed first. */
export type Action =
  | { readonly kind: "close"; readonly session_id: string }
  | { readonly kind: "close-others" }
  | { readonly kind: "close-all" };

/** What an action did. */
export type Notice =
  /** One session was closed. The name is known to the script only: an address does not carry texts. */
  | { readonly kind: "closed"; readonly device_name?: string }
  /** It was not there any more: closed elsewhere, or over. */
  | { readonly kind: "gone" }
  | { readonly kind: "closed-others"; readonly closed: number };

/** Why the page has nobody to show devices to. */
export type SignedOutReason =
  /** The request brought no live session: never signed in, closed elsewhere, or over. */
  | "no-session"
  /** This device was signed out on the page. */
  | "signed-out"
  /** Every device was. */
  | "closed-all";

/** The JSON answer to a `POST /devices/…`. */
export interface ActionAnswer {
  /** 0 when there was nothing left to close. */
  readonly closed: number;
  /** The list afterwards. Absent when the session that asked is closed: there is nobody left to show it to. */
  readonly list?: DevicesView;
}

import { ASSET_HEADERS, PAGE_HEADERS } from "../../src/page/headers.ts";
import { findAsset } from "../../src/page/assets.ts";
import {
  devicesPath,
  noticePath,
  readConfirmation,
  readNotice,
  readSignedOutReason,
  signedOutPath,
} from "../../src/page/links.ts";
import type { Action, DevicesView, DeviceView } from "../../src/page/model.ts";
import { renderConfirmation, renderDevices, renderSignedOut } from "../../src/page/document.tsx";

const BASE_PATH = "/a01";
const DEVICES = devicesPath(BASE_PATH);

/**
 * The devices page over a list in memory, on a free port of 127.0.0.1: what the page itself does can be tried without
 * the service. One user, signed in as long as a device is `current`.
 */
export class DevicesSite implements AsyncDisposable {
  devices: readonly DeviceView[];
  /** How often the list was read as JSON. */
  reads = 0;
  /** Answer everything under /devices, but the page itself, with this status. */
  failWith: number | undefined;
  readonly #server: Bun.Server<undefined>;

  constructor(devices: readonly DeviceView[]) {
    this.devices = devices;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      development: false,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}${DEVICES}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const asset = findAsset(pathname.replace(`${DEVICES}/assets/`, ""));
    if (asset !== undefined) {
      const headers = { ...ASSET_HEADERS, "Content-Type": asset.contentType };
      return new Response(asset.brotli, { headers: { ...headers, "Content-Encoding": "br" } });
    }
    const wantsJson = request.headers.get("Accept") === "application/json";
    if (this.failWith !== undefined && (wantsJson || request.method === "POST")) {
      return new Response(null, { status: this.failWith });
    }
    if (request.method === "POST") return this.#act(await request.formData(), pathname, wantsJson);
    if (pathname !== DEVICES) return new Response(null, { status: 404 });
    return wantsJson ? this.#list() : this.#page(searchParams);
  }

  #list(): Response {
    this.reads += 1;
    return this.#isSignedIn() ? Response.json(this.#view()) : new Response(null, { status: 401 });
  }

  #page(query: URLSearchParams): Response {
    if (!this.#isSignedIn()) {
      return html(renderSignedOut(BASE_PATH, readSignedOutReason(query)), 401);
    }
    const view = this.#view();
    const action = readConfirmation(query, view);
    if (typeof action === "object") return html(renderConfirmation(view, action), 200);
    const notice = action === "gone" ? ({ kind: "gone" } as const) : readNotice(query);
    return html(renderDevices(notice === undefined ? view : { ...view, notice }), 200);
  }

  #act(form: FormData, pathname: string, wantsJson: boolean): Response {
    const kind = pathname.replace(`${DEVICES}/`, "") as Action["kind"];
    const before = this.devices;
    this.devices = before.filter((device) => !isMeant(device, kind, form.get("session_id")));
    const closed = before.length - this.devices.length;
    if (!this.#isSignedIn()) {
      if (wantsJson) return Response.json({ closed });
      return seeOther(signedOutPath(BASE_PATH, kind === "close-all" ? "closed-all" : "signed-out"));
    }
    if (wantsJson) return Response.json({ closed, list: this.#view() });
    if (kind === "close-others")
      return seeOther(noticePath(BASE_PATH, { kind: "closed-others", closed }));
    return seeOther(noticePath(BASE_PATH, { kind: closed === 0 ? "gone" : "closed" }));
  }

  #isSignedIn(): boolean {
    return this.devices.some((device) => device.current);
  }

  #view(): DevicesView {
    return { base_path: BASE_PATH, as_of: new Date().toISOString(), sessions: this.devices };
  }
}

function isMeant(device: DeviceView, kind: Action["kind"], sessionId: unknown): boolean {
  if (kind === "close-all") return true;
  return kind === "close-others" ? !device.current : device.session_id === sessionId;
}

function html(body: string, status: number): Response {
  return new Response(body, { status, headers: PAGE_HEADERS });
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } });
}

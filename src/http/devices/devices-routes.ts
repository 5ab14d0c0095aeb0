import { devicesPath } from "../../page/links.ts";
import { type Route, route } from "../route.ts";
import { closeDevice, closeDevices } from "./close-devices.ts";
import type { DevicesParts } from "./devices-view.ts";
import { pageAsset } from "./page-asset.ts";
import { showDevices } from "./show-devices.ts";

/**
 * The devices page, for browsers. It is not part of the API: no other program should rely on it, and the OpenAPI
 * document does not tell of it.
 */
export function devicesRoutes(parts: DevicesParts): readonly Route[] {
  const page = devicesPath(parts.basePath);
  return [
    route("get", page, "session", showDevices(parts)),
    route("post", `${page}/close`, "session", closeDevice(parts)),
    route("post", `${page}/close-others`, "session", closeDevices(parts, "close-others")),
    route("post", `${page}/close-all`, "session", closeDevices(parts, "close-all")),
    route("get", `${page}/assets/{name}`, "public", pageAsset()),
  ];
}

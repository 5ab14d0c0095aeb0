import { findAsset } from "../../page/assets.ts";
import { ASSET_HEADERS } from "../../page/headers.ts";
import type { Endpoint } from "../endpoint.ts";
import { refuse } from "../problem.ts";
import { takesBrotli } from "./page-answer.ts";

/** GET /devices/assets/{name}: the page's script and style sheet, which may be kept for ever. */
export function pageAsset(): Endpoint {
  return {
    run: (call, _caller, name) => {
      const asset = findAsset(name);
      if (!asset) return refuse(call, { code: "not_found", detail: "There is no such file." });
      const isCompressed = takesBrotli(call.request.headers);
      return new Response(isCompressed ? asset.brotli : asset.identity, {
        headers: {
          ...ASSET_HEADERS,
          "content-type": asset.contentType,
          ...(isCompressed ? { "content-encoding": "br" } : {}),
          "x-request-id": call.requestId,
        },
      });
    },
  };
}

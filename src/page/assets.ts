import { type BuiltAsset, buildAssets } from "./build-assets.ts" with { type: "macro" };
import { devicesPath } from "./links.ts";

/** A file that the page loads, ready to be sent. */
export interface Asset {
  /** "<hash>.js" or "<hash>.css": below `/devices/assets/`. */
  readonly name: string;
  readonly contentType: string;
  readonly identity: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer>;
}

const built = buildAssets();

export const SCRIPT = asset(built.script, "text/javascript; charset=utf-8");
export const STYLE = asset(built.style, "text/css; charset=utf-8");

/** The asset of that name. Undefined for every other name, also for one of an older version of the page. */
export function findAsset(name: string): Asset | undefined {
  return [SCRIPT, STYLE].find((candidate) => candidate.name === name);
}

export function assetPath(basePath: string, { name }: Asset): string {
  return `${devicesPath(basePath)}/assets/${name}`;
}

function asset({ name, text, brotliBase64 }: BuiltAsset, contentType: string): Asset {
  return {
    name,
    contentType,
    identity: new TextEncoder().encode(text),
    brotli: new Uint8Array(Buffer.from(brotliBase64, "base64")),
  };
}

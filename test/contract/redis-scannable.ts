import { randomBytes } from "node:crypto";
import { KEY_BYTES, KeyRing } from "../../src/seal/key-ring.ts";
import { openRedisLinkAndPrimaries } from "../../src/store/redis/open-link.ts";
import { RedisScan } from "../../src/store/redis/redis-scan.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import type { Scannable } from "./topics/scan.ts";

/** A store on the servers of `url` under a prefix of its own, and scans of it. */
export async function redisScannable(url: string): Promise<Scannable> {
  const prefix = `scan${randomBytes(4).toString("hex")}`;
  const key = randomBytes(KEY_BYTES);
  const options = { deadlineMs: 5000, closeAck: "primary", onEvent: () => {} } as const;
  const openScan = async (encryptionKeys: readonly Uint8Array[]) => {
    const { link, primaries } = await openRedisLinkAndPrimaries(url, options);
    return new RedisScan(link, primaries, { prefix, encryptionKeys });
  };
  const { link } = await openRedisLinkAndPrimaries(url, options);
  const store = new RedisStore(link, { keyRing: new KeyRing([key]), prefix });
  const scan = await openScan([key]);
  return {
    store,
    scan,
    rotated: () => openScan([randomBytes(KEY_BYTES), key]),
    keyless: () => openScan([randomBytes(KEY_BYTES)]),
    [Symbol.asyncDispose]: async () => {
      await scan.close();
      await store.close();
    },
  };
}

import type { RedisReply } from "./link.ts";

/** Throws TypeError for anything but a list. */
export function listOf(reply: RedisReply): readonly RedisReply[] {
  if (Array.isArray(reply)) return reply as readonly RedisReply[];
  throw new TypeError("Redis answered something else than a list");
}

/** Throws TypeError for anything but a bulk string. */
export function bytesOf(reply: RedisReply): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  throw new TypeError("Redis answered something else than bytes");
}

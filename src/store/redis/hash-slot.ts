/**
 * The Cluster slot (0 … 16383) of a key: CRC16 (XMODEM) of its hash tag, the non-empty text between the first "{" and
 * the "}" that follows, or of the whole key without one. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec
 */
export function hashSlot(key: string | Uint8Array): number {
  const bytes = typeof key === "string" ? Buffer.from(key) : key;
  const open = bytes.indexOf(OPEN_BRACE);
  const close = open === -1 ? -1 : bytes.indexOf(CLOSE_BRACE, open + 1);
  const isTagged = close > open + 1;
  let crc = 0;
  for (let i = isTagged ? open + 1 : 0; i < (isTagged ? close : bytes.length); i += 1) {
    crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0)) & 0xffff;
  }
  return crc & 0x3fff;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  }
  return crc;
});

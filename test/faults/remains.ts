import type { RedisServer } from "../support/redis-server.ts";
import type { Remains } from "./history.ts";

/** Lists, in one step: keys without expiry; ids of records, in hex; ids in the indexes, in hex. */
const LOOK = `
local immortal, records, listed = {}, {}, {}
local function hex(text) return (text:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('PTTL', key) == -1 then table.insert(immortal, key) end
  local id = key:match(':s:([%x-]+)$')
  if id then table.insert(records, (id:gsub('-', ''))) end
  if key:match(':u:') then
    for _, field in ipairs(redis.call('HKEYS', key)) do table.insert(listed, hex(field)) end
  end
end
return {immortal, records, listed}`;

/** What is in the servers, looked at from outside the service. */
export async function remainsIn(servers: readonly RedisServer[]): Promise<Remains> {
  const looks = await Promise.all(servers.map(look));
  return {
    immortal: looks.flatMap(([immortal]) => immortal),
    unlisted: looks.flatMap(([, records, listed]) => {
      const known = new Set(listed);
      return records.filter((id) => !known.has(id));
    }),
  };
}

async function look(server: RedisServer): Promise<readonly [string[], string[], string[]]> {
  return (await server.command("EVAL", LOOK, "0")) as [string[], string[], string[]];
}

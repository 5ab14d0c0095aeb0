#!lua flags=allow-oom
-- Renews the lease of a process: makes it a member of the registry, under the number of its renewal. A registry that was
-- emptied, or that another server filled, begins a new generation, whose list of members is not complete yet. It is warm
-- at once when there can be no members before: the server holds nothing, and nobody else has subscribed since it started.
-- KEYS[1] registry
-- ARGV[1] process
-- ARGV[2] count  the number of this renewal; empty: the process holds no lease and is no member
-- ARGV[3] nonce  names a new generation, beside the server's replication id
-- ARGV[4] warm   what is warm by now, generations and other servers: a JSON list of names
-- ARGV[5] evict  members to strike off unless they renewed since: a JSON list process, count, ...
-- ARGV[6] alone  1: all that this registry is about is in this server
-- Returns generation, 1: the server may have taken over from another or 0: it did not, number of the last announcement,
-- 1: the generation is warm or 0: it is not yet.
local registry = KEYS[1]
local process, count, nonce, alone = ARGV[1], ARGV[2], ARGV[3], ARGV[6]
local warm, evict = cjson.decode(ARGV[4]), cjson.decode(ARGV[5])

local fields, held = redis.call('HGETALL', registry), {}
for i = 1, #fields, 2 do held[fields[i]] = fields[i + 1] end
local info = redis.call('INFO', 'replication')
local server = string.match(info, 'master_replid:(%x+)')
local isFirst = false
if held.server ~= server or not held.nonce then
  if alone == '1' and #fields == 0 and redis.call('DBSIZE') == 0 then
    local commands = redis.call('INFO', 'commandstats')
    isFirst = tonumber(string.match(commands, 'cmdstat_subscribe:calls=(%d+)') or 0) <= 1
  end
  for name in pairs(held) do
    if string.sub(name, 1, 2) == 'w:' then
      redis.call('HDEL', registry, name)
      held[name] = nil
    end
  end
  redis.call('HSET', registry, 'server', server, 'nonce', nonce)
  held.nonce = nonce
end
local generation = server .. ':' .. held.nonce
local tookOver = string.find(info, 'second_repl_offset:-1', 1, true) and 0 or 1
if isFirst then table.insert(warm, generation) end
for _, name in ipairs(warm) do
  if not held['w:' .. name] then redis.call('HSET', registry, 'w:' .. name, 1) end
  held['w:' .. name] = 1
end

for i = 1, #evict, 2 do
  local member = 'm:' .. evict[i]
  if held[member] == evict[i + 1] then redis.call('HDEL', registry, member) end
end
local member = 'm:' .. process
if count == '' then redis.call('HDEL', registry, member) else redis.call('HSET', registry, member, count) end
local time = redis.call('TIME')
redis.call('PEXPIREAT', registry, time[1] * 1000 + 86400000)
return {generation, tookOver, tonumber(held.seq or 0), held['w:' .. generation] and 1 or 0}

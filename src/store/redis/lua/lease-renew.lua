#!lua flags=allow-oom
-- Renews the lease of a process: makes it a member of the registry, under the number of its renewal. A registry that was
-- emptied, or that another server filled, begins a new generation, whose list of members is not complete yet (cold).
-- KEYS[1] registry
-- ARGV[1] process
-- ARGV[2] count  the number of this renewal
-- ARGV[3] nonce  names a new generation, beside the server's replication id
-- ARGV[4] warm   a generation whose list of members is complete by now; empty: none
-- ARGV[5] evict  members to strike off unless they renewed since: a JSON list process, count, ...
-- Returns generation, number of the last announcement.
local registry = KEYS[1]
local process, count, nonce, warm, evict = ARGV[1], ARGV[2], ARGV[3], ARGV[4], cjson.decode(ARGV[5])

local fields, held = redis.call('HGETALL', registry), {}
for i = 1, #fields, 2 do held[fields[i]] = fields[i + 1] end
local server = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if held.server ~= server or not held.nonce then
  redis.call('HSET', registry, 'server', server, 'nonce', nonce, 'warm', 0)
  held.nonce = nonce
end
local generation = server .. ':' .. held.nonce
if warm == generation then redis.call('HSET', registry, 'warm', 1) end

for i = 1, #evict, 2 do
  local member = 'm:' .. evict[i]
  if held[member] == evict[i + 1] then redis.call('HDEL', registry, member) end
end
redis.call('HSET', registry, 'm:' .. process, count)
local time = redis.call('TIME')
redis.call('PEXPIREAT', registry, time[1] * 1000 + 86400000)
return {generation, tonumber(held.seq or 0)}

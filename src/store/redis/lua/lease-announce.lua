#!lua flags=allow-oom
-- Counts an announcement and publishes it as "generation number process text". A registry that was emptied, or that
-- another server filled, begins a new generation, whose list of members is not complete yet (cold).
-- KEYS[1] registry
-- ARGV[1] process  that announces
-- ARGV[2] nonce    names a new generation, beside the server's replication id
-- ARGV[3] channel
-- ARGV[4] text
-- Returns generation, 1: warm or 0: cold, number, and the members, a flat list process, count of renewals, ...
local registry = KEYS[1]
local process, nonce, channel, text = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local fields, held, members = redis.call('HGETALL', registry), {}, {}
for i = 1, #fields, 2 do
  held[fields[i]] = fields[i + 1]
  if string.sub(fields[i], 1, 2) == 'm:' then
    table.insert(members, string.sub(fields[i], 3))
    table.insert(members, fields[i + 1])
  end
end
local server = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if held.server ~= server or not held.nonce then
  redis.call('HSET', registry, 'server', server, 'nonce', nonce, 'warm', 0)
  held.nonce, held.warm = nonce, '0'
end
local generation = server .. ':' .. held.nonce

local number = (held.seq or 0) + 1
redis.call('HSET', registry, 'seq', number)
local time = redis.call('TIME')
redis.call('PEXPIREAT', registry, time[1] * 1000 + 86400000)
redis.call('PUBLISH', channel, generation .. ' ' .. number .. ' ' .. process .. ' ' .. text)
return {generation, tonumber(held.warm), number, members}

#!lua flags=allow-oom
-- Counts an announcement and publishes it as "generation number process text". A registry that was emptied, or that
-- another server filled, begins a new generation, whose list of members is not complete yet: nothing is warm.
-- KEYS[1] registry
-- ARGV[1] process  that announces
-- ARGV[2] nonce    names a new generation, beside the server's replication id
-- ARGV[3] channel
-- ARGV[4] text
-- Returns generation, 1: the server may have taken over from another or 0: it did not, number, the members, a flat list
-- process, count of renewals, ..., and the names of what is warm.
local registry = KEYS[1]
local process, nonce, channel, text = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local fields, held, members, warm = redis.call('HGETALL', registry), {}, {}, {}
for i = 1, #fields, 2 do
  held[fields[i]] = fields[i + 1]
  local kind, name = string.sub(fields[i], 1, 2), string.sub(fields[i], 3)
  if kind == 'w:' then table.insert(warm, name) end
  if kind == 'm:' then
    table.insert(members, name)
    table.insert(members, fields[i + 1])
  end
end
local info = redis.call('INFO', 'replication')
local server = string.match(info, 'master_replid:(%x+)')
if held.server ~= server or not held.nonce then
  for _, name in ipairs(warm) do redis.call('HDEL', registry, 'w:' .. name) end
  redis.call('HSET', registry, 'server', server, 'nonce', nonce)
  held.nonce, warm = nonce, {}
end
local generation = server .. ':' .. held.nonce
local tookOver = string.find(info, 'second_repl_offset:-1', 1, true) and 0 or 1

local number = (held.seq or 0) + 1
redis.call('HSET', registry, 'seq', number)
local time = redis.call('TIME')
redis.call('PEXPIREAT', registry, time[1] * 1000 + 86400000)
redis.call('PUBLISH', channel, generation .. ' ' .. number .. ' ' .. process .. ' ' .. text)
return {generation, tookOver, number, members, warm}

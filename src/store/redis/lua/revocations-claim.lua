#!lua flags=allow-oom
-- Takes what is due in a bucket's revocations, the longest due first, by moving when it is due next.
-- KEYS[1] queue
-- ARGV[1] limit
-- ARGV[2] for_ms  nobody else gets them for so long
-- ARGV[3] told    the time by the claimer's clock, epoch ms; what counts is the later one of it and the server's
-- Returns the members: 16 bytes of the session's id, when it was closed (epoch ms, 6 bytes), its record.
local queue = KEYS[1]
local limit, for_ms, told = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local time = redis.call('TIME')
local now = math.max(told, time[1] * 1000 + math.floor(time[2] / 1000))
local due = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, limit)
for _, member in ipairs(due) do redis.call('ZADD', queue, now + for_ms, member) end
return due

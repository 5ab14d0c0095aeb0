#!lua
-- Notes a user for a subject of logouts. What was noted before stays until its own time is over.
-- KEYS[1] users   of the subject: a hash of user and until when, epoch ms
-- ARGV[1] user
-- ARGV[2] expiry  until when, epoch ms
-- Returns 1.
local users = KEYS[1]
local user, expiry = ARGV[1], ARGV[2]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.call('HGETALL', users)
for i = 1, #fields, 2 do
  local known, known_expiry = fields[i], fields[i + 1]
  if tonumber(known_expiry) <= now then redis.call('HDEL', users, known) end
  if known == user and tonumber(known_expiry) > tonumber(expiry) then expiry = known_expiry end
end
redis.call('HSET', users, user, expiry)
if redis.call('PEXPIRETIME', users) < tonumber(expiry) then redis.call('PEXPIREAT', users, expiry) end
return 1

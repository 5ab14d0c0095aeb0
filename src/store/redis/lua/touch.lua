#!lua flags=allow-oom
-- Records a use: writes last use and deadline over those in the record, copies the entry to the index (also when it
-- was lost there) and lets both keys live longer. Only forward, and only while the stored deadline has not passed.
-- KEYS[1] record
-- KEYS[2] index   of the user
-- ARGV[1] id      16 bytes
-- ARGV[2] times   last use and deadline, 6 bytes each: the first 12 bytes of the entry
-- ARGV[3] expiry  when Redis may collect the record then, epoch ms
-- Returns 0: no record, or its deadline has passed; 1: the use is recorded, or a later one was.
local record, index = KEYS[1], KEYS[2]
local id, times, expiry = ARGV[1], ARGV[2], tonumber(ARGV[3])

local head = redis.call('GETRANGE', record, 0, 40)
if head == '' then return 0 end
local time = redis.call('TIME')
local used, deadline = struct.unpack('>I6I6', head, 30)
if deadline <= time[1] * 1000 + math.floor(time[2] / 1000) then return 0 end
if struct.unpack('>I6', times) <= used then return 1 end
redis.call('EXISTS', index)

redis.call('SETRANGE', record, 29, times)
redis.call('HSET', index, id, redis.call('GETRANGE', record, 29, 28 + struct.unpack('>H', head, 28)))
for _, key in ipairs({record, index}) do
  if redis.call('PEXPIRETIME', key) < expiry then redis.call('PEXPIREAT', key, expiry) end
end
return 1

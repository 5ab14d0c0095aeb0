#!lua
-- Stores a session in place of the version that was read. Keeps the last use and the deadline as stored, and the
-- record's time to live; copies the entry to the index, also when it was lost there.
-- KEYS[1] record
-- KEYS[2] index    of the user
-- ARGV[1] id       16 bytes
-- ARGV[2] version  10 bytes that must be stored; anything else never is
-- ARGV[3] value    the new record
-- Returns 0: no record; 1: another version is stored; 2: replaced. 0 and 1 change nothing.
local record, index = KEYS[1], KEYS[2]
local id, version, value = ARGV[1], ARGV[2], ARGV[3]

local stored = redis.call('GETRANGE', record, 0, 40)
if stored == '' then return 0 end
if string.sub(stored, 18, 27) ~= version then return 1 end
local is_listed = redis.call('HEXISTS', index, id) == 1

value = string.sub(value, 1, 29) .. string.sub(stored, 30, 41) .. string.sub(value, 42)
redis.call('SET', record, value, 'KEEPTTL')
redis.call('HSET', index, id, string.sub(value, 30, 29 + struct.unpack('>H', value, 28)))
if is_listed then return 2 end
local expiry = redis.call('PEXPIRETIME', record)
if redis.call('PEXPIRETIME', index) < expiry then redis.call('PEXPIREAT', index, expiry) end
return 2

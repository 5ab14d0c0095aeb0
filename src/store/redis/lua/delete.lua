#!lua flags=allow-oom
-- Removes a session: its record and its entry in the index of the user whose key the record holds. Queues the revocation
-- of its refresh token when the record says so.
-- KEYS[1] record
-- ARGV[1] id            16 bytes
-- ARGV[2] index_format  string.format pattern that makes an index key of the 16 bytes of a user key
-- ARGV[3] queue         key of the bucket's revocations
-- Returns the record as it was, or nil when there was none. A record too short to hold a user key is removed as well.
-- While Cluster moves the slot the index may be on the other node: then its entry stays behind, shown by nothing.
local record = KEYS[1]
local id, index_format, queue = ARGV[1], ARGV[2], ARGV[3]

local value = redis.call('GET', record)
if not value then return nil end
local index = #value >= 17 and string.format(index_format, string.byte(value, 2, 17))
if index then redis.call('EXISTS', index) end
local is_revocable = #value >= 54 and string.byte(value, 54) % 128 >= 64
if is_revocable then redis.call('EXISTS', queue) end

redis.call('DEL', record)
if index then redis.call('HDEL', index, id) end
if not is_revocable then return value end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', queue, now, id .. struct.pack('>I6', now) .. value)
redis.call('PEXPIREAT', queue, now + 172800000)
return value

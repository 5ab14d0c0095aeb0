#!lua flags=allow-oom
-- Removes a session: its record and its entry in the index of the user whose key the record holds.
-- KEYS[1] record
-- ARGV[1] id            16 bytes
-- ARGV[2] index_format  string.format pattern that makes an index key of the 16 bytes of a user key
-- Returns the record as it was, or nil when there was none. A record too short to hold a user key is removed as well.
-- While Cluster moves the slot the index may be on the other node: then its entry stays behind, shown by nothing.
local record = KEYS[1]
local id, index_format = ARGV[1], ARGV[2]

local value = redis.call('GET', record)
if not value then return nil end
local index = #value >= 17 and string.format(index_format, string.byte(value, 2, 17))
if index then redis.call('EXISTS', index) end

redis.call('DEL', record)
if index then redis.call('HDEL', index, id) end
return value

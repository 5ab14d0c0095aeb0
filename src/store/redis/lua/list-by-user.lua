#!lua flags=no-writes
-- Lists the sessions of a user that have a record. Changes nothing: entries whose record is gone are left out.
-- KEYS[1] index
-- ARGV[1] record_format  string.format pattern that makes a record key of 16 id bytes
-- Returns a flat list id, entry, ...
-- EXISTS names the index beside each record: of two keys a Cluster node that is being given the slot says "try again"
-- when one has not arrived, where it would call a single one absent.
local index = KEYS[1]
local record_format = ARGV[1]

local fields, listed = redis.call('HGETALL', index), {}
for i = 1, #fields, 2 do
  local key = string.format(record_format, string.byte(fields[i], 1, 16))
  if redis.call('EXISTS', index, key) == 2 then
    table.insert(listed, fields[i])
    table.insert(listed, fields[i + 1])
  end
end
return listed

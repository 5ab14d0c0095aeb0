#!lua flags=no-writes
-- Lists the sessions of a user that have a record. Changes nothing: entries whose record is gone are left out.
-- KEYS[1] index
-- ARGV[1] record_format  string.format pattern that makes a record key of 16 id bytes
-- Returns a flat list id, entry, ...
local index = KEYS[1]
local record_format = ARGV[1]

local fields, listed = redis.call('HGETALL', index), {}
for i = 1, #fields, 2 do
  if redis.call('EXISTS', string.format(record_format, string.byte(fields[i], 1, 16))) == 1 then
    table.insert(listed, fields[i])
    table.insert(listed, fields[i + 1])
  end
end
return listed

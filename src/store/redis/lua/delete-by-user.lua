#!lua flags=allow-oom
-- Removes the sessions in the index of a user but one, and entries whose record is gone.
-- KEYS[1] index
-- ARGV[1] except_id      16 bytes of the session to keep; empty: none
-- ARGV[2] record_format  string.format pattern that makes a record key of 16 id bytes
-- Returns what was removed, a flat list id, entry, ...; entries whose record was gone are not told.
-- EXISTS names the index beside each record: see list-by-user.lua.
local index = KEYS[1]
local except_id, record_format = ARGV[1], ARGV[2]

local fields, found = redis.call('HGETALL', index), {}
for i = 1, #fields, 2 do
  local key = string.format(record_format, string.byte(fields[i], 1, 16))
  found[i] = {key = key, exists = redis.call('EXISTS', index, key) == 2}
end

local removed = {}
for i = 1, #fields, 2 do
  if fields[i] ~= except_id or not found[i].exists then
    redis.call('DEL', found[i].key)
    redis.call('HDEL', index, fields[i])
  end
  if fields[i] ~= except_id and found[i].exists then
    table.insert(removed, fields[i])
    table.insert(removed, fields[i + 1])
  end
end
return removed

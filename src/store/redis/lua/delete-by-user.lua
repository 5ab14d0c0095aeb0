#!lua flags=allow-oom
-- Removes the sessions in the index of a user but one, and entries whose record is gone. Queues the revocation of the
-- refresh tokens where the entries say so.
-- KEYS[1] index
-- ARGV[1] except_id      16 bytes of the session to keep; empty: none
-- ARGV[2] record_format  string.format pattern that makes a record key of 16 id bytes
-- ARGV[3] queue          key of the bucket's revocations
-- Returns what was removed, a flat list id, entry, ...; entries whose record was gone are not told.
-- EXISTS names the index beside each record: see list-by-user.lua.
local index = KEYS[1]
local except_id, record_format, queue = ARGV[1], ARGV[2], ARGV[3]

local fields, found = redis.call('HGETALL', index), {}
for i = 1, #fields, 2 do
  local key = string.format(record_format, string.byte(fields[i], 1, 16))
  local exists = redis.call('EXISTS', index, key) == 2
  local is_revocable = exists and string.byte(fields[i + 1], 25) % 128 >= 64
  found[i] = {key = key, exists = exists, is_revocable = is_revocable}
  if is_revocable then redis.call('EXISTS', queue) end
end

local time, removed = redis.call('TIME'), {}
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #fields, 2 do
  local is_closed = fields[i] ~= except_id
  if is_closed and found[i].is_revocable then
    local value = redis.call('GET', found[i].key)
    redis.call('ZADD', queue, now, fields[i] .. struct.pack('>I6', now) .. value)
    redis.call('PEXPIREAT', queue, now + 172800000)
  end
  if is_closed or not found[i].exists then
    redis.call('DEL', found[i].key)
    redis.call('HDEL', index, fields[i])
  end
  if is_closed and found[i].exists then
    table.insert(removed, fields[i])
    table.insert(removed, fields[i + 1])
  end
end
return removed

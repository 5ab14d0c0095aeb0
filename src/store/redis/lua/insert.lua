#!lua
-- Stores a new session, after making room for it among the sessions of its user: first drops index entries whose
-- record is gone, then sweeps what ran out, replaces the device's, evicts the least recently used over the cap. Queues
-- the revocation of the refresh tokens of the replaced and evicted where the entries say so.
-- KEYS[1] record         of the new session
-- KEYS[2] index          of the user
-- KEYS[3] answer         of the repeatable create; absent when the create is not repeatable
-- ARGV[1] id             16 bytes
-- ARGV[2] value          the record; the entry begins at its 30th byte, the entry's length is in the 28th and 29th
-- ARGV[3] expiry         when Redis may collect the record, epoch ms; at least a minute from now is given
-- ARGV[4] cap            sessions the user may have, this one included
-- ARGV[5] replace_device 1 or 0
-- ARGV[6] record_format  string.format pattern that makes a record key of 16 id bytes
-- ARGV[7] kept           fingerprint (32 bytes) and answer to keep; empty when the create is not repeatable
-- ARGV[8] kept_until     epoch ms; empty when the create is not repeatable
-- ARGV[9] queue          key of the bucket's revocations
-- Returns {0, expired, replaced, evicted}, each a flat list id, entry, ..., or {0} when the index was empty;
-- {1, answer}: replayed; {2}: the answer is for another fingerprint; {3}: the id is taken. 1, 2 and 3 change nothing.
-- EXISTS names the index beside each record: see list-by-user.lua.
local record, index, answer = KEYS[1], KEYS[2], KEYS[3]
local id, value, expiry, cap, replace_device = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local record_format, kept, kept_until, queue = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local earlier = answer and redis.call('GET', answer)
if earlier and string.sub(earlier, 1, 32) ~= string.sub(kept, 1, 32) then return {2} end
if earlier then return {1, string.sub(earlier, 33)} end
if redis.call('EXISTS', record) == 1 then return {3} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = string.sub(value, 30, 29 + struct.unpack('>H', value, 28))
local fields, reply = redis.call('HGETALL', index), {}

if #fields > 0 then
  local ghosts, expired, replaced, evicted, left = {}, {}, {}, {}, {}
  for i = 1, #fields, 2 do
    local key = string.format(record_format, string.byte(fields[i], 1, 16))
    local used, deadline = struct.unpack('>I6I6', fields[i + 1])
    local group = left
    if string.byte(fields[i + 1], 25) % 128 >= 64 then redis.call('EXISTS', queue) end
    if redis.call('EXISTS', index, key) == 1 then group = ghosts
    elseif deadline <= now then group = expired
    elseif replace_device and string.sub(fields[i + 1], 29) == string.sub(entry, 29) then group = replaced end
    table.insert(group, {id = fields[i], entry = fields[i + 1], key = key, used = used})
  end
  table.sort(left, function(a, b) return a.used < b.used or (a.used == b.used and a.key > b.key) end)
  for i = 1, #left + 1 - cap do evicted[i] = left[i] end

  for n, group in ipairs({expired, replaced, evicted, ghosts}) do
    reply[n] = {}
    for _, session in ipairs(group) do
      if (n == 2 or n == 3) and string.byte(session.entry, 25) % 128 >= 64 then
        redis.call('ZADD', queue, now, session.id .. struct.pack('>I6', now) .. redis.call('GET', session.key))
        redis.call('PEXPIREAT', queue, now + 172800000)
      end
      redis.call('DEL', session.key)
      redis.call('HDEL', index, session.id)
      table.insert(reply[n], session.id)
      table.insert(reply[n], session.entry)
    end
  end
end

expiry = math.max(expiry, now + 60000)
redis.call('SET', record, value, 'PXAT', expiry)
redis.call('HSET', index, id, entry)
if #fields == 0 or redis.call('PEXPIRETIME', index) < expiry then redis.call('PEXPIREAT', index, expiry) end
if answer then redis.call('SET', answer, kept, 'PXAT', kept_until) end
return {0, reply[1], reply[2], reply[3]}

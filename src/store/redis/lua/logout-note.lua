#!lua flags=allow-oom
-- Notes that a subject was logged out, and tells who was noted for it before.
-- KEYS[1] users   of the subject: a hash of user and until when
-- KEYS[2] logout  of the subject: the mark of the latest one
-- ARGV[1] mark    tells this logout from others
-- ARGV[2] expiry  until when it is remembered, epoch ms
-- Returns a flat list user, until when, ...
local users, logout = KEYS[1], KEYS[2]
local mark, expiry = ARGV[1], ARGV[2]

redis.call('EXISTS', users, logout)
redis.call('SET', logout, mark, 'PXAT', expiry)
return redis.call('HGETALL', users)

-- Sends prepared requests, one after the other. Arguments: a file of requests, each as "<bytes>\n<request>", and
-- "once" to stop after the last; else it begins again.
local requests, at, is_once = {}, 0, false

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  is_once = arguments[2] == "once"
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    requests[#requests + 1] = file:read(length)
  end
  file:close()
end

function setup(thread)
  sender = thread
end

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds, nanoseconds; } moment;
  int clock_gettime(int clock, moment *now);
]]

local function microseconds()
  local now = ffi.new("moment")
  ffi.C.clock_gettime(1, now)
  return tonumber(now.seconds) * 1e6 + tonumber(now.nanoseconds) / 1e3
end

local started_at
elapsed = 0

function request()
  if at == 0 then started_at = started_at or microseconds() end
  at = at + 1
  if at > #requests then
    if is_once then
      elapsed = microseconds() - started_at
      wrk.thread:stop()
    end
    at = 1
  end
  return requests[at]
end

-- With "once", wrk's own duration goes on after the last request.
function done(summary)
  local took = sender:get("elapsed")
  if took == 0 then took = summary.duration end
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"refused":%d,"failed":%d}\n',
    summary.requests, took, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end

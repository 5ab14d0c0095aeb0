-- Behind the check: what the application must not see is taken out.

-- With whatever is no visible ASCII around the name: a browser takes a no-break space for a part of it, so any subdomain
-- may set such a cookie, and many applications trim it away.
local function is_session_cookie(cookie)
  return cookie:lower():find("^[^!-~]*__host%-session[^!-~]*=") ~= nil
end

local function keep_session_cookie_away(headers)
  local all = headers:get("cookie")
  if all == nil then return end
  local kept = {}
  for cookie in all:gmatch("[^;]+") do
    if not is_session_cookie(cookie) then kept[#kept + 1] = cookie:match("^%s*(.-)%s*$") end
  end
  headers:remove("cookie")
  if #kept > 0 then headers:add("cookie", table.concat(kept, "; ")) end
end

-- With a session, Authorization is the access token of that session or nothing; else what the client sent. Before the
-- check no request has an x-session-id.
local function set_authorization(headers)
  local sent = (headers:get("authorization") or ""):lower()
  if headers:get("x-session-id") ~= nil or sent:find("^%s*bearer%s+smt_") then
    headers:remove("authorization")
  end
  local access_token = headers:get("x-session-access-token") or ""
  headers:remove("x-session-access-token")
  if access_token ~= "" then headers:add("authorization", "Bearer " .. access_token) end
end

function envoy_on_request(handle)
  handle:streamInfo():dynamicMetadata():set("session_manager", "passed", true)
  local headers = handle:headers()
  set_authorization(headers)
  keep_session_cookie_away(headers)
end

-- Before the check: no identity may come from the client, and a browser that opens a page is sent to the login.

local OURS = "session_manager"
local IDENTITY = {
  "x-session-user",
  "x-session-id",
  "x-session-device",
  "x-session-email",
  "x-session-access-token",
}

local function is_navigation(headers)
  local method = headers:get(":method")
  local mode = headers:get("sec-fetch-mode")
  local accept = headers:get("accept") or ""
  return (method == "GET" or method == "HEAD")
    and (mode == nil or mode == "navigate")
    and accept:find("text/html", 1, true) ~= nil
end

-- The path and query that were asked for, encoded to be the value of a query parameter. "//host", "/\host" and their
-- encoded spellings can mean another host: then the way back is "/".
local function way_back(path)
  local start = path:lower():sub(1, 4)
  if start:find("^/[/\\]") or start == "/%2f" or start == "/%5c" then path = "/" end
  return (path:gsub("[^%w%-._~]", function(char) return string.format("%%%02X", char:byte()) end))
end

function envoy_on_request(handle)
  local headers = handle:headers()
  for _, name in ipairs(IDENTITY) do headers:remove(name) end
  if is_navigation(headers) then
    local login = "/login?return_to=" .. way_back(headers:get(":path"))
    handle:streamInfo():dynamicMetadata():set(OURS, "login", login)
  end
end

function envoy_on_response(handle)
  local known = handle:streamInfo():dynamicMetadata():get(OURS)
  -- A 401 of the application is the application's business.
  if known == nil or known["login"] == nil or known["passed"] then return end
  local headers = handle:headers()
  if headers:get(":status") ~= "401" then return end
  headers:replace(":status", "302")
  headers:replace("location", known["login"])
  headers:replace("cache-control", "no-store")
end

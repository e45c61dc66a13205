-- One shape for the logs of all containers: known fields at the top, what else a program says under `data`, one
-- text under `message`, one spelling of levels, and no secret that anybody wrote into a line.
local LONGEST = 8000 -- bytes of a value that OpenSearch indexes in one piece; its limit is 32,766
local DEEPEST = 12

local LEVELS = {
  WARN = "WARNING", ERR = "ERROR", CRIT = "CRITICAL", FATAL = "CRITICAL", PANIC = "CRITICAL", DPANIC = "CRITICAL",
  EMERG = "CRITICAL", ALERT = "CRITICAL", NOTICE = "INFO", TRACE = "DEBUG",
}
local KLOG = { I = "INFO", W = "WARNING", E = "ERROR", F = "CRITICAL" } -- I1125 03:14:15.926535       1 main.go:1]

local WORDS = { "password", "passwd", "token", "secret", "authorization", "api_key", "api-key", "apikey", "session_id",
  "cookie", "credential" }
local HIDDEN = "[redacted]"
local known_names = {}

local function is_secret(name)
  local found = known_names[name]
  if found == nil then
    found = false
    local lower = string.lower(name)
    for _, word in ipairs(WORDS) do
      if string.find(lower, word, 1, true) then
        found = true
      end
    end
    if #name < 64 then
      known_names[name] = found
    end
  end
  return found
end

local function hide_assignment(name, equals, value)
  if is_secret(name) then
    return name .. equals .. HIDDEN
  end
end

local function hide_member(quote, name, colon, value_quote, value)
  if is_secret(name) then
    return quote .. name .. quote .. colon .. value_quote .. HIDDEN .. value_quote
  end
end

local function hide_login(scheme, value)
  if #value >= 16 then
    return scheme .. HIDDEN
  end
end

-- name=value of queries and forms, "name": "value" of JSON and Python, Bearer and Basic, logins in URLs
local function hide(text)
  if string.find(text, "=", 1, true) then
    text = string.gsub(text, "([%w_%-]+)(=)([^%s&;,\"'<>]+)", hide_assignment)
  end
  if string.find(text, ":", 1, true) then
    text = string.gsub(text, "([\"'])([%w_%-]+)%1(%s*:%s*)([\"'])(.-)%4", hide_member)
    text = string.gsub(text, "(://[^%s:/@]+:)[^%s@/]+@", "%1" .. HIDDEN .. "@")
  end
  text = string.gsub(text, "([Bb]earer%s+)([%w%-%._~+/=]+)", hide_login)
  return (string.gsub(text, "([Bb]asic%s+)([%w+/=]+)", hide_login))
end

-- Hides secrets inside a table, in place, and takes members away that say nothing, which an index of flat objects
-- does not take; says whether one of its texts is too long for an index.
local function hide_within(table_, depth)
  local long = false
  for name, value in pairs(table_) do
    if value == flb_null and type(name) == "string" then
      table_[name] = nil
    elseif type(value) == "table" then
      if depth < DEEPEST then
        long = hide_within(value, depth + 1) or long
      end
    elseif type(value) == "string" then
      if type(name) == "string" and is_secret(name) then
        table_[name] = HIDDEN
      else
        local hidden = hide(value)
        if hidden ~= value then
          table_[name] = hidden
        end
        long = long or #hidden > LONGEST
      end
    end
  end
  return long
end

local function level_of(level, message)
  if level ~= nil then
    level = string.upper(tostring(level))
    return LEVELS[level] or level
  end
  return type(message) == "string" and KLOG[string.match(message, "^([IWEF])%d%d%d%d%s%d%d:%d%d:") or ""] or nil
end

-- The container runtime's own time, which is the record's already: nine digits of a second.
local function of_runtime(name, value)
  return name == "_p"
    or name == "time" and type(value) == "string" and string.match(value, "^%d+%-%d+%-%d+T%d+:%d+:%d+%.%d%d%d%d%d%d%d%d%d")
end

function process(_, timestamp, record)
  if dropped(record) then
    return -1, timestamp, record
  end
  local shaped, rest = {}, nil
  for name, value in pairs(record) do
    if FIELDS[name] and type(value) ~= "table" then
      if value ~= flb_null then
        shaped[name] = type(value) == "string" and hide(value) or value
      end
    elseif name ~= "kubernetes" and not of_runtime(name, value) then
      rest = rest or {}
      rest[name] = value
    end
  end
  -- Text that is no JSON is `log`; programs that write JSON say `message` or `msg`.
  for _, name in ipairs({ "msg", "log" }) do
    if rest and type(rest[name]) == "string" and shaped["message"] == nil then
      shaped["message"] = hide(rest[name])
      rest[name] = nil
    end
  end
  shaped["level"] = level_of(shaped["level"], shaped["message"])
  local long = rest and hide_within(rest, 1)
  if rest and next(rest) ~= nil then
    shaped[long and "unindexed" or "data"] = rest
  end
  local pod = record["kubernetes"]
  if type(pod) == "table" then
    pod["annotations"] = nil -- for whoever ships logs, not for whoever reads them
    shaped["kubernetes"] = pod
  end
  return 2, timestamp, shaped
end

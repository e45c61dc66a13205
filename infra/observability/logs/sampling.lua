-- Whether an event is one of those of which a share is enough: a position that was taken in without trouble.
-- Lots are drawn only when the pod asks for the very share that this shipper was given. Whatever is in doubt is
-- kept: an unknown level, an annotation that is missing, broken or of another release.
local function drawn(record)
  local pod = record["kubernetes"]
  if type(pod) ~= "table" or record["event"] ~= "gps_ingested" or record["outcome"] ~= "success" then
    return false
  end
  local labels, annotations = pod["labels"], pod["annotations"]
  if type(labels) ~= "table" or labels["app.kubernetes.io/name"] ~= "@application@" then
    return false
  end
  if type(annotations) ~= "table" or annotations["@annotation@"] ~= "@percent@" then
    return false
  end
  local level = string.upper(tostring(record["level"] or ""))
  return level == "INFO" or level == "DEBUG"
end

math.randomseed(os.time())

local function dropped(record)
  if not drawn(record) then
    return false
  end
  if math.random() < @share@ then
    record["sample_rate"] = @share@
    return false
  end
  return true
end

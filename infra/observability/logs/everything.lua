-- Nothing is sampled in this environment.
local function dropped(_)
  return false
end

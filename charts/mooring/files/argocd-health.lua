-- Argo CD's health check of McpServer: key resource.customizations.health.mooring.dev_McpServer of ConfigMap argocd-cm.
-- It reads the conditions that kstatus reads, and tells of each what it says is to be done.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function holds(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function told(health, type)
  local condition = conditions[type] or {}
  return {status = health, message = (condition.reason or "") .. ": " .. (condition.message or "")}
end

if conditions.Ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "The operator has not looked at this generation yet."}
end
if holds("Paused") then
  return told("Suspended", "Paused")
end
if holds("Stalled") then
  return told("Degraded", "Stalled")
end
if holds("Reconciling") or not holds("Ready") then
  return told("Progressing", "Ready")
end
return told("Healthy", "Ready")

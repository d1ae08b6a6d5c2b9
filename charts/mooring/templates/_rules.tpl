{{/*
What the operator may do where it serves McpServers. Secrets are never listed or watched: it reads the ones a
resource names, and writes the key rings it owns.
*/}}
{{- define "mooring.rules" -}}
- apiGroups: [mooring.dev]
  resources: [mcpservers]
  verbs: [get, list, watch]
- apiGroups: [mooring.dev]
  resources: [mcpservers/status]
  verbs: [patch]
- apiGroups: [mooring.dev]
  resources: [mcpservers/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, configmaps, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

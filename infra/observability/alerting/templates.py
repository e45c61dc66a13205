"""The text of messages: what is wrong where, who owns it, and what to do about it."""

from __future__ import annotations

from typing import Final

FILE: Final = "fleet-erp.tmpl"
FOLDER: Final = "/etc/alertmanager/config"
"""Where the operator mounts configuration and templates."""

_TEMPLATES: Final = """\
{{ define "fleet.title" -}}
[ENVIRONMENT {{ if eq .Status "firing" }}{{ .CommonLabels.severity }}{{ else }}resolved{{ end }}] \
{{ with .CommonLabels.alertname }}{{ . }}{{ else }}alerts{{ end }}\
{{ with .CommonAnnotations.summary }}: {{ . }}{{ end }}\
{{ if gt (len .Alerts.Firing) 1 }} ({{ len .Alerts.Firing }}){{ end }}
{{- end }}

{{ define "fleet.color" -}}
{{ if eq .Status "resolved" }}good\
{{ else if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}
{{- end }}

{{ define "fleet.slack.text" -}}
{{ range .Alerts.Firing -}}
*{{ .Annotations.summary }}*
{{ with .Annotations.description }}{{ . }}
{{ end -}}
owner: {{ .Labels.owner }}, since {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC\
{{ with .Annotations.runbook_url }}, <{{ . }}|runbook>{{ end }}
{{ end -}}
{{ range .Alerts.Resolved -}}
Over: {{ .Annotations.summary }}
{{ end -}}
{{- end }}

{{ define "fleet.plain.text" -}}
{{ range .Alerts.Firing -}}
{{ .Annotations.summary }}
{{ with .Annotations.description }}{{ . }}
{{ end -}}
{{ end -}}
{{ range .Alerts.Resolved -}}
Over: {{ .Annotations.summary }}
{{ end -}}
{{- end }}
"""


def templates(*, environment: str) -> str:
    """Give the template file; its titles begin with the environment, for all share a channel's eye."""
    return _TEMPLATES.replace("ENVIRONMENT", environment)

"""The JSON that Grafana reads, as far as our dashboards use it."""

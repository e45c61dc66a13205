"""Dashboards of Grafana: what people look at, built from typed parts."""

"""Grafana: its values, its data sources, its rights."""

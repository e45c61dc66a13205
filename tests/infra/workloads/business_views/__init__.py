"""The views that dashboards read, on a real PostgreSQL 16 with a made-up ERP."""

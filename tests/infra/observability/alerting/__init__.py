"""Routes, inhibitions, messages and escalation, with the real Alertmanager and the real Prometheus."""

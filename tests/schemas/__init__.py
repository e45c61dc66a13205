"""Schemas of custom resources, and the check of any Kubernetes object against its schema."""

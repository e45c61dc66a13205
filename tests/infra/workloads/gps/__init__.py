"""The GPS service in the cluster."""

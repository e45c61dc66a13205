"""The loss of a region: what is copied, how the standby takes over, and the way home."""

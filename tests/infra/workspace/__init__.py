"""A developer's workspace."""

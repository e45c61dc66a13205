"""Mutation tests: the real resource lists, broken in every way that the rules are there to catch."""

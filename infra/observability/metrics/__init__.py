"""Metrics: who measures what, how long it is kept, and the contract between measuring and asking."""

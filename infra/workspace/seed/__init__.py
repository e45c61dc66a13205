"""Made-up data for a workspace: the only data there is (ENV-01)."""

from .jobs import POSITIONS_JOB, Seed

__all__ = ["POSITIONS_JOB", "Seed"]

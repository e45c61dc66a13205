"""How an environment outside production takes masked snapshots."""

from .component import Intake

__all__ = ["Intake"]

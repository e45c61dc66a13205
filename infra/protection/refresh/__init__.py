"""The refresh of environments outside production from production: masked, verified, and only then shared."""

from .component import Refresh

__all__ = ["Refresh"]

"""What crosses the regions: copies of the home's data where its standby is, and who takes over there."""

from .component import Replication
from .operator_role import RecoveryOperator

__all__ = ["RecoveryOperator", "Replication"]

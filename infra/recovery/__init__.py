"""What crosses the regions: copies of the home's data where its standby is, and what fills them."""

from .component import Replication

__all__ = ["Replication"]

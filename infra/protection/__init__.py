"""What guards the account, and what brings data back."""

from .account_baseline import AccountBaseline
from .detection import Detection, buckets_of
from .service_linked_roles import ServiceLinkedRoles

__all__ = ["AccountBaseline", "Detection", "ServiceLinkedRoles", "buckets_of"]

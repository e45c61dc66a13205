"""Documents that say who may do what."""

from .policy_document import (
    ANYONE,
    Condition,
    Principal,
    Statement,
    assume_role_by_service,
    policy_document,
)

__all__ = [
    "ANYONE",
    "Condition",
    "Principal",
    "Statement",
    "assume_role_by_service",
    "policy_document",
]

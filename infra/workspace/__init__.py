"""A developer's workspace: a namespace of his own in the cluster that testing owns (ENV-01)."""

from .workspace import HOST_ENVIRONMENT, Workspace

__all__ = ["HOST_ENVIRONMENT", "Workspace"]

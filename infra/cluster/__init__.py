"""The EKS cluster and the roles of service accounts in it."""

from .cluster import Cluster
from .node_groups import NodeGroup
from .service_account_role import ServiceAccountRole

__all__ = ["Cluster", "NodeGroup", "ServiceAccountRole"]

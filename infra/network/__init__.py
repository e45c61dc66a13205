"""The network: VPC, subnets, routes, network ACLs, security groups, endpoints and flow logs."""

from .component import Network
from .security_groups import SecurityGroups
from .subnets import Subnet

__all__ = ["Network", "SecurityGroups", "Subnet"]

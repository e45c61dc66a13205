"""The way in from the internet: load balancer, certificate, firewall, names."""

from .edge import Edge

__all__ = ["Edge"]

"""Jobs that prepare database and broker before any pod needs them, and the passwords that they set."""

from .broker_bootstrap import BrokerBootstrap
from .credentials import WorkloadCredentials
from .database_bootstrap import DatabaseBootstrap

__all__ = ["BrokerBootstrap", "DatabaseBootstrap", "WorkloadCredentials"]

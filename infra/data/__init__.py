"""Data stores: everything that holds what the business must not lose, and what it can rebuild."""

from .broker import Broker
from .cache import Cache
from .database import Database
from .filestore import Filestore
from .object_store import AccessLogs, ObjectStore
from .registry import Registry
from .search_domain import SearchDomain
from .secrets import Secrets

__all__ = [
    "AccessLogs",
    "Broker",
    "Cache",
    "Database",
    "Filestore",
    "ObjectStore",
    "Registry",
    "SearchDomain",
    "Secrets",
]

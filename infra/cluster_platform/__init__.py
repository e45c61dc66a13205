"""In the cluster, for everyone: namespaces and their guards, priorities, storage, controllers, secrets."""

from .namespaces import GuardedNamespace, Quota
from .platform import Platform
from .secret_stores import SecretStore

__all__ = ["GuardedNamespace", "Platform", "Quota", "SecretStore"]

"""How things of a workspace are called."""

from __future__ import annotations

from dataclasses import dataclass

from ..naming import Naming


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceNaming(Naming):
    """The names of a workspace, for components that are made for whole environments.

    A workspace has no Secrets Manager: its secrets are Kubernetes Secrets of its own namespace, whose names
    know neither project nor slashes. Images come from the registry of the account, as everywhere.
    """

    def secret(self, purpose: str) -> str:
        """Name a secret by its purpose alone: `database-odoo`."""
        return purpose


def namespace_of(developer: str) -> str:
    """Name the namespace of a developer, which is also what his stack is called."""
    return f"dev-{developer}"


def host_of(service: str, namespace: str) -> str:
    """Give the name under which pods of the cluster, and the certificate, know a service."""
    return f"{service}.{namespace}.svc"

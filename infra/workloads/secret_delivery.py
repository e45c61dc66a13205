"""How secrets reach pods: names of values in Secrets Manager, and the Kubernetes Secrets made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import apiextensions

from ..naming import Naming
from ..settings import RecoverySettings
from .pods import metadata

REFRESH_INTERVAL: Final = "15m"
"""How long a rotated value may need to reach the cluster; mounted files follow within a minute or two."""
API_VERSION: Final = "external-secrets.io/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteValue:
    """One value in Secrets Manager, under the name that templates and files use."""

    name: str
    secret: pulumi.Input[str]
    """Name of the secret there, such as `fleet-erp/prod/database-odoo`; its ARN where AWS made one up."""
    member: str | None = None
    """Member of a JSON value; None: the value as a whole."""


def database_user_secret(naming: Naming, user: str) -> str:
    """Name the secret of a database user: JSON with `username` and `password`.

    All begin with `database-`: the job that makes the users may read them all, other namespaces their own.
    """
    return naming.secret(f"database-{user.replace('_', '-')}")


def broker_user_secret(naming: Naming, user: str) -> str:
    """Name the secret of a user of the broker: JSON with `endpoint`, `username` and `password`."""
    return naming.secret(f"broker-{user}")


def partner_secret(naming: Naming, recovery: RecoverySettings, key: str) -> str:
    """Name the secret of a partner's key.

    The home replicates its keys to the region of its standby, where they keep the home's name.
    """
    if recovery.home or recovery.peer_environment is None:
        return naming.secret(key)
    source = naming.peer(
        environment=recovery.peer_environment, account_id=naming.account_id, region=naming.region
    )
    return source.secret(key)


def external_secret(
    logical_name: str,
    *,
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    store: pulumi.Input[str],
    values: Sequence[RemoteValue],
    files: Mapping[str, pulumi.Input[str]] | None = None,
    secret_labels: Mapping[str, str] | None = None,
    refresh_interval: str = REFRESH_INTERVAL,
    opts: pulumi.ResourceOptions,
) -> apiextensions.CustomResource:
    """Declare the Kubernetes Secret `name`, kept like what Secrets Manager holds (SEC-02).

    Without `files` its keys are the values' names. With them they are templates: `{{ .username }}` stands
    for a value, and nothing but the files gets into the Secret. `secret_labels` are the labels of that
    Secret, `labels` those of what keeps it. `store` is a SecretStore of the namespace.
    """
    target: dict[str, object] = {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    if files is not None:
        target["template"] = {
            "engineVersion": "v2",
            "mergePolicy": "Replace",
            "data": dict(files),
            **({} if secret_labels is None else {"metadata": {"labels": dict(secret_labels)}}),
        }
    return apiextensions.CustomResource(
        logical_name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata=metadata(name, namespace=namespace, labels=labels),
        spec={
            "refreshInterval": refresh_interval,
            "secretStoreRef": {"kind": "SecretStore", "name": store},
            "target": target,
            "data": [_data(value) for value in values],
        },
        opts=opts,
    )


def _data(value: RemoteValue) -> dict[str, object]:
    reference: dict[str, pulumi.Input[str]] = {"key": value.secret}
    if value.member is not None:
        reference["property"] = value.member
    return {"secretKey": value.name, "remoteRef": reference}

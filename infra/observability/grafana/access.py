"""Who may ask Grafana, and what Grafana asks with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import rbac

from ...data.credentials import Credentials, generated_password
from ...naming import Naming
from ...workloads import pods
from ...workloads.jobs.users import GRAFANA
from ...workloads.secret_delivery import RemoteValue, database_user_secret, external_secret
from .provisioning import FILE, PASSWORD, Places, provisioning
from .values import (
    ADMIN_PASSWORD_KEY,
    ADMIN_SECRET,
    ADMIN_USER_KEY,
    DATA_SOURCE_LABEL,
    DATA_SOURCES_SECRET,
    LABEL_VALUE,
    ROLE,
    SIGNING_KEY,
)

ADMIN_PURPOSE: Final = "observability-grafana-admin"
"""Purpose of the administrator's secret in Secrets Manager, where operators find the password."""
ADMIN: Final = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom Grafana asks, as far as it is known when the estate is there."""

    database_host: pulumi.Input[str]
    """The replica for reports where there is one, else the primary (LOAD-03)."""
    database: str
    long_term_url: pulumi.Input[str]
    """`https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`."""
    search_host: pulumi.Input[str]
    search_version: str
    indices: str
    """Pattern of the indices that logs are in."""
    scrape_seconds: int


class GrafanaAccess(pulumi.ComponentResource):
    """What must be there before Grafana's pod: administrator, data sources, rights (OBS-03, SEC-02).

    | object | what it is |
    |---|---|
    | secret `observability-grafana-admin` | a generated password for operators, a key for Grafana |
    | Kubernetes Secret `grafana-admin` | the same, for the pod |
    | Kubernetes Secret `grafana-data-sources` | the file that provisions data sources |
    | role `grafana` in the namespace | read ConfigMaps (dashboards) and that one Secret |

    The role in AWS that data sources sign with is the pod's (`grafana_values`).
    """

    ready: list[pulumi.Resource]
    """What Grafana's pod waits for."""
    admin_secret_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        asked: Asked,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        recovery_window_days: int,
        after: Sequence[pulumi.Resource],
        protect: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it in `namespace`; its `secret_store` and the database's users are among `after`.

        `key_arn` is the key of secrets, `recovery_window_days` how long a deleted one can be brought back.
        """
        super().__init__("fleet:observability:GrafanaAccess", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        labels = pods.labels("grafana", component="grafana")
        admin = Credentials(
            ADMIN_PURPOSE,
            description="Administrator of Grafana, for operators",
            naming=naming,
            key_arn=key_arn,
            recovery_window_days=recovery_window_days,
            parent=self,
            protect=protect,
        )
        signing = generated_password(
            "observability-grafana-signing-key",
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        written = admin.store({"username": ADMIN, "signing_key": signing})
        self.admin_secret_arn = admin.secret_arn
        secret = naming.secret(ADMIN_PURPOSE)
        self.ready = [
            external_secret(
                ADMIN_SECRET,
                name=ADMIN_SECRET,
                namespace=namespace,
                labels=labels,
                store=secret_store,
                values=[
                    RemoteValue(name=ADMIN_USER_KEY, secret=secret, member="username"),
                    RemoteValue(name=ADMIN_PASSWORD_KEY, secret=secret, member="password"),
                    RemoteValue(name=SIGNING_KEY, secret=secret, member="signing_key"),
                ],
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[written])),
            ),
            external_secret(
                DATA_SOURCES_SECRET,
                name=DATA_SOURCES_SECRET,
                namespace=namespace,
                labels=labels,
                store=secret_store,
                values=[
                    RemoteValue(
                        name=PASSWORD, secret=database_user_secret(naming, GRAFANA), member="password"
                    )
                ],
                files={FILE: _file(asked, naming.region)},
                secret_labels={DATA_SOURCE_LABEL: LABEL_VALUE},
                opts=child,
            ),
            rbac.v1.Role(
                ROLE,
                rbac.v1.RoleInitArgs(
                    metadata=pods.metadata(ROLE, namespace=namespace, labels=labels),
                    rules=[
                        rbac.v1.PolicyRuleArgs(
                            api_groups=[""], resources=["configmaps"], verbs=["get", "list", "watch"]
                        ),
                        rbac.v1.PolicyRuleArgs(
                            api_groups=[""],
                            resources=["secrets"],
                            resource_names=[DATA_SOURCES_SECRET],
                            verbs=["get"],
                        ),
                    ],
                ),
                opts=child,
            ),
        ]
        self.register_outputs({"adminSecretArn": self.admin_secret_arn})


def _file(asked: Asked, region: str) -> pulumi.Output[str]:
    def render(known: dict[str, str]) -> str:
        return provisioning(
            Places(
                region=region,
                database=asked.database,
                search_version=asked.search_version,
                indices=asked.indices,
                scrape_seconds=asked.scrape_seconds,
                **known,
            )
        )

    return pulumi.Output.all(
        database_host=asked.database_host,
        long_term_url=asked.long_term_url,
        search_host=asked.search_host,
    ).apply(render)

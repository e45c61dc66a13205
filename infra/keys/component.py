"""The customer-managed keys of one environment."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..identity import Statement, policy_document
from ..naming import Naming
from ..settings import EncryptionSettings
from . import statements


class EncryptionKey:
    """One KMS key: its ARN and its id."""

    def __init__(
        self,
        purpose: str,
        *,
        what: str,
        policy: Sequence[Statement],
        settings: EncryptionSettings,
        naming: Naming,
        opts: pulumi.ResourceOptions,
    ) -> None:
        key = aws.kms.Key(
            purpose,
            aws.kms.KeyArgs(
                description=f"{what} of {naming.environment}",
                enable_key_rotation=True,
                rotation_period_in_days=settings.rotation_period_days,
                deletion_window_in_days=settings.deletion_window_days,
                policy=policy_document(*policy),
                tags=naming.tags(f"{naming.prefix}-{purpose}"),
            ),
            opts=opts,
        )
        aws.kms.Alias(
            purpose,
            aws.kms.AliasArgs(name=naming.key_alias(purpose), target_key_id=key.id),
            opts=opts,
        )
        self.arn: pulumi.Output[str] = key.arn
        self.key_id: pulumi.Output[str] = key.id


class Keys(pulumi.ComponentResource):
    """One rotated key per purpose, so that a mistake in one policy opens one kind of data (SEC-06, ISO-01).

    | key | what it encrypts |
    |---|---|
    | `data` | volumes, database, cache, search, file storage, buckets, images |
    | `logs` | log groups, the alarm topic, the trail and the history of AWS Config |
    | `secrets` | Secrets Manager and Kubernetes secrets |
    | `backup` | backup vaults |

    The policy of `data` names the service-linked role of EC2 Auto Scaling, and KMS refuses a policy that
    names a role that does not exist: the key is made after `service_linked_roles`.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: EncryptionSettings,
        naming: Naming,
        service_linked_roles: pulumi.Resource,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:keys:Keys", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, protect=protect)

        def key(
            purpose: str,
            what: str,
            policy: Sequence[Statement],
            *,
            after: Sequence[pulumi.Resource] = (),
        ) -> EncryptionKey:
            return EncryptionKey(
                purpose,
                what=what,
                policy=policy,
                settings=settings,
                naming=naming,
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=list(after))),
            )

        self.data = key("data", "Data at rest", statements.data(naming), after=[service_linked_roles])
        self.logs = key("logs", "Logs and alarms", statements.logs(naming))
        self.secrets = key("secrets", "Secrets", statements.secrets(naming))
        self.backup = key("backup", "Backups", statements.backup(naming))
        self.register_outputs(
            {purpose: getattr(self, purpose).arn for purpose in ("data", "logs", "secrets", "backup")}
        )

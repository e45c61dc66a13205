"""Secrets of partners: places for values that never pass through this program."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..keys import Keys
from ..naming import Naming
from ..settings import SecretsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReplica:
    """Where secrets are copied to, under their own names."""

    region: str
    key_arn: pulumi.Input[str]
    """A key of that region."""


class Secrets(pulumi.ComponentResource):
    """One Secrets Manager secret per partner API key, without a value (SEC-02).

    An operator puts the value once and rotates it with the partner; pods read it at run time through their
    own role. So it is never in state, code or manifest. There is no resource policy: whoever reads a secret
    needs a statement of an IAM policy that names it, and Secrets Manager answers on TLS only. With a
    `replica` each value, whenever it is put, is copied to the region of the standby (ENV-05).
    """

    arns: dict[str, pulumi.Output[str]]
    """ARN of the secret, by the name of the partner key."""

    def __init__(
        self,
        name: str,
        *,
        settings: SecretsSettings,
        naming: Naming,
        keys: Keys,
        protect: bool,
        replica: SecretReplica | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Secrets", name, opts=opts)
        self.arns = {}
        for key in settings.partner_keys:
            secret_name = naming.secret(key)
            secret = aws.secretsmanager.Secret(
                key,
                aws.secretsmanager.SecretArgs(
                    name=secret_name,
                    description=f"Partner key {key}; the value is put by an operator",
                    kms_key_id=keys.secrets.arn,
                    replicas=(
                        [
                            aws.secretsmanager.SecretReplicaArgs(
                                region=replica.region, kms_key_id=replica.key_arn
                            )
                        ]
                        if replica is not None
                        else None
                    ),
                    recovery_window_in_days=settings.recovery_window_days,
                    tags=naming.tags(secret_name, classification="restricted"),
                ),
                # Nobody but the partner can give the value again.
                opts=pulumi.ResourceOptions(parent=self, protect=protect),
            )
            self.arns[key] = secret.arn
        self.register_outputs({"arns": self.arns})

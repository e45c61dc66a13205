"""A generated password and the secret in which people and pods find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from ..naming import Naming

PASSWORD_LENGTH: Final = 48
"""285 bits, and within the limits of RDS (128), Amazon MQ (12 to 250) and ElastiCache (16 to 128)."""

VALUE_VERSION: Final = 1
"""Raise it to write generated values again: a write-only argument is sent only when its version changes."""


def generated_password(name: str, *, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Generate a password as a secret output.

    Letters and digits only: Amazon MQ refuses commas, colons and equals signs, RDS slashes, quotes and
    at signs, and clients put it into URLs.
    """
    password = random.RandomPassword(
        name,
        random.RandomPasswordArgs(
            length=PASSWORD_LENGTH, special=False, min_lower=4, min_upper=4, min_numeric=4
        ),
        opts=opts,
    )
    return pulumi.Output.secret(password.result)


class Credentials:
    """A generated password, and a Secrets Manager secret that holds it with what a client needs to connect.

    The value is write-only for both services: rotating it in Secrets Manager or in the store itself is not
    undone by the next deployment. The engine keeps what it generated in its encrypted state all the same.
    """

    password: pulumi.Output[str]
    """The password, a secret output."""
    secret_arn: pulumi.Output[str]

    def __init__(
        self,
        purpose: str,
        *,
        description: str,
        naming: Naming,
        key_arn: pulumi.Input[str],
        recovery_window_days: int,
        parent: pulumi.Resource,
        protect: bool = False,
    ) -> None:
        self._purpose = purpose
        self._opts = pulumi.ResourceOptions(parent=parent, protect=protect)
        self.password = generated_password(f"{purpose}-password", opts=self._opts)
        name = naming.secret(purpose)
        self._secret = aws.secretsmanager.Secret(
            f"{purpose}-secret",
            aws.secretsmanager.SecretArgs(
                name=name,
                description=description,
                kms_key_id=key_arn,
                recovery_window_in_days=recovery_window_days,
                tags=naming.tags(name, classification="restricted"),
            ),
            opts=self._opts,
        )
        self.secret_arn = self._secret.arn

    def store(self, document: Mapping[str, pulumi.Input[str | int]]) -> aws.secretsmanager.SecretVersion:
        """Write the secret's value: the members of `document` and the password, as JSON."""
        value = pulumi.Output.json_dumps({**document, "password": self.password})
        return aws.secretsmanager.SecretVersion(
            f"{self._purpose}-secret-value",
            aws.secretsmanager.SecretVersionArgs(
                secret_id=self._secret.id,
                secret_string_wo=pulumi.Output.secret(value),
                secret_string_wo_version=VALUE_VERSION,
            ),
            opts=pulumi.ResourceOptions(parent=self._opts.parent),
        )

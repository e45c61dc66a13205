"""The two keys of a refresh: nobody outside the account can ever use the one of what is not masked."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ...identity import Condition, Principal, Statement
from ...keys import EncryptionKey
from ...keys.statements import ADMINISTRATION, THIS_KEY, USE
from ...naming import Naming
from ...settings import EncryptionSettings
from .parts import MASKED, QUARANTINE


def quarantine_statements(naming: Naming) -> tuple[Statement, ...]:
    """Say who may use the key of the quarantine: this account, through the services that hold it."""
    return _own(naming, ("rds", "secretsmanager", "sqs"))


def masked_statements(naming: Naming, accounts: Sequence[str]) -> tuple[Statement, ...]:
    """Say who may use the key of masked snapshots: this account, and targets to copy a snapshot with RDS.

    RDS User Guide, "Sharing encrypted snapshots": the target copies the snapshot with its own key, for which
    it reads with this one.
    """
    targets = (Principal.aws(*(f"arn:aws:iam::{account}:root" for account in accounts)),)
    through = Condition(
        operator="StringEquals", key="kms:ViaService", values=(f"rds.{naming.region}.amazonaws.com",)
    )
    return (
        *_own(naming, ("rds",)),
        Statement(
            sid="ReadByTargets",
            actions=("kms:Decrypt", "kms:DescribeKey"),
            resources=THIS_KEY,
            principals=targets,
            conditions=(through,),
        ),
        Statement(
            sid="GrantByTargets",
            actions=("kms:CreateGrant",),
            resources=THIS_KEY,
            principals=targets,
            conditions=(
                through,
                Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",)),
            ),
        ),
    )


class RefreshKeys:
    """The keys `quarantine` and `masked`."""

    def __init__(
        self,
        *,
        encryption: EncryptionSettings,
        accounts: Sequence[str],
        naming: Naming,
        protect: bool,
        parent: pulumi.Resource,
    ) -> None:
        opts = pulumi.ResourceOptions(parent=parent, protect=protect)
        self.quarantine = EncryptionKey(
            QUARANTINE,
            what="Copies of production that are being masked",
            policy=quarantine_statements(naming),
            settings=encryption,
            naming=naming,
            opts=opts,
        )
        self.masked = EncryptionKey(
            MASKED,
            what="Masked snapshots",
            policy=masked_statements(naming, accounts),
            settings=encryption,
            naming=naming,
            opts=opts,
        )


def _own(naming: Naming, services: Sequence[str]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="AdministerThroughIam",
            actions=ADMINISTRATION,
            resources=THIS_KEY,
            principals=(Principal.aws(naming.account_root_arn),),
        ),
        Statement(
            sid="UseThroughServices",
            actions=USE,
            resources=THIS_KEY,
            principals=(Principal.aws(naming.account_root_arn),),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=tuple(f"{service}.{naming.region}.amazonaws.com" for service in services),
                ),
            ),
        ),
    )

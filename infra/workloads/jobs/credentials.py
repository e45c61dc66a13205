"""Passwords of the users that the bootstrap jobs make."""

from __future__ import annotations

import pulumi

from ...data.credentials import Credentials
from ...keys import Keys
from ...naming import Naming
from ...network.ports import POSTGRES
from ..secret_delivery import broker_user_secret, database_user_secret
from .broker_plan import USERS as BROKER_USERS
from .broker_plan import VHOST
from .users import DATABASE_USERS


class WorkloadCredentials(pulumi.ComponentResource):
    """A generated password for each user of database and broker, in Secrets Manager (SEC-02).

    Pods and jobs read them there through External Secrets, and no other way: in manifests there are names
    only. Besides the password a secret has all that a client needs to connect.
    """

    secret_arns: dict[str, pulumi.Output[str]]
    """By the secret's purpose: `database-odoo`, `broker-gps-publisher`."""

    def __init__(
        self,
        name: str,
        *,
        odoo_database: str,
        database_host: pulumi.Input[str],
        broker_endpoint: pulumi.Input[str],
        naming: Naming,
        keys: Keys,
        secret_recovery_window_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the secrets; `broker_endpoint` is `amqps://<host>:5671`."""
        super().__init__("fleet:workloads:WorkloadCredentials", name, None, opts)
        self.secret_arns = {}
        home = naming.secret("")

        def make(secret: str, what: str) -> Credentials:
            purpose = secret.removeprefix(home)
            credentials = Credentials(
                purpose,
                description=what,
                naming=naming,
                key_arn=keys.secrets.arn,
                recovery_window_days=secret_recovery_window_days,
                parent=self,
                protect=protect,
            )
            self.secret_arns[purpose] = credentials.secret_arn
            return credentials

        for user in DATABASE_USERS:
            made = make(database_user_secret(naming, user.name), user.what)
            made.store(
                {
                    "engine": "postgres",
                    "host": database_host,
                    "port": POSTGRES.first,
                    "dbname": user.database or odoo_database,
                    "username": user.name,
                }
            )
        for user in BROKER_USERS:
            made = make(broker_user_secret(naming, user.name), user.what)
            made.store({"endpoint": broker_endpoint, "vhost": VHOST, "username": user.name})
        self.register_outputs({"secretArns": self.secret_arns})

"""Every secret of a workspace and its members: what Secrets Manager holds for an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..workloads.gps import PARTNER_KEY
from ..workloads.jobs.broker_plan import USERS as BROKER_USERS
from ..workloads.jobs.users import DATABASE_USERS
from ..workloads.odoo import GSP_KEY
from ..workloads.secret_delivery import broker_user_secret, database_user_secret
from . import postgres, rabbitmq, redis
from .names import WorkspaceNaming

PASSWORD: Final = "{{ .password }}"


def secrets_of(naming: WorkspaceNaming, namespace: str) -> dict[str, Mapping[str, str]]:
    """Give the secrets by name; `{{ .password }}` stands for what is generated in the namespace.

    Partners' keys are made up as well: from a workspace no partner can be reached. The one of GPS is what the
    developer's own requests show.
    """
    return {
        postgres.MASTER_SECRET: postgres.master_secret(namespace),
        rabbitmq.ADMIN_SECRET: rabbitmq.admin_secret(namespace),
        redis.APPLICATION_SECRET: redis.application_secret(namespace),
        **{
            database_user_secret(naming, user.name): {"username": user.name, "password": PASSWORD}
            for user in DATABASE_USERS
        },
        **{
            broker_user_secret(naming, user.name): {
                "endpoint": rabbitmq.amqp_endpoint(namespace),
                "username": user.name,
                "password": PASSWORD,
            }
            for user in BROKER_USERS
        },
        naming.secret(GSP_KEY): {"api-key": PASSWORD},
        naming.secret(PARTNER_KEY): {"workspace": PASSWORD},
    }

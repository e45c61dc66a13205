"""Everything in the cluster as the rows of this pack begin with it."""

from __future__ import annotations

from typing import Final

from tests.policies.kubernetes.jobs import ARCHIVE_JOB, INIT_JOB
from tests.policies.kubernetes.scalers import (
    CONSUMER_SCALER,
    GPS_SCALER,
    ODOO_SCALER,
    QUEUE_AUTHENTICATION,
    budget,
)
from tests.policies.kubernetes.workloads import (
    GPS_API,
    GPS_CONSUMER,
    GPS_SETTINGS,
    ODOO,
    ODOO_CONFIGURATION,
    PROXY_CONFIGURATION,
    STORE,
    TMS,
    account,
    binding,
    service,
)

ESTATE: Final = (
    TMS,
    account("odoo"),
    account("gps-api"),
    account("gps-consumer"),
    account("gps-archive"),
    ODOO,
    ODOO_CONFIGURATION,
    PROXY_CONFIGURATION,
    STORE,
    service("odoo-web", 8069),
    binding("odoo-web", 8069),
    ODOO_SCALER,
    budget("odoo-web", minAvailable=2),
    GPS_API,
    GPS_SETTINGS,
    service("gps-api", 8000),
    binding("gps-api", 8000),
    GPS_SCALER,
    budget("gps-api", maxUnavailable=1),
    GPS_CONSUMER,
    CONSUMER_SCALER,
    QUEUE_AUTHENTICATION,
    budget("gps-consumer", maxUnavailable=1),
    INIT_JOB,
    ARCHIVE_JOB,
)
"""All of it; platform.py adds the charts and network policies of the cluster."""

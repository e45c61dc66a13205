"""Rows of the rules about ways to pods, and about TLS on the way out of them."""

from __future__ import annotations

import json
from typing import Final

from tests.policies.builders import DROP, thing
from tests.policies.kubernetes.platform import (
    CNI,
    FROM_BALANCER,
    PARTNERS,
    POSTGRES_EXPORTER,
    VPC,
)
from tests.policies.kubernetes.scalers import CONSUMER_SCALER, QUEUE_AUTHENTICATION
from tests.policies.kubernetes.workloads import (
    GPS_API,
    GPS_SETTINGS,
    ODOO,
    ODOO_CONF,
    ODOO_CONFIGURATION,
    TMS,
    binding,
    service,
)
from tests.policies.table import Break, Row

_CONF: Final = "odoo-conf.spec.target.template.data"
_CONF_PATH: Final = "spec.target.template.data.odoo.conf"
_ENV: Final = "odoo-web.spec.template.spec.containers.0.env.0"
_TRIGGER: Final = "gps-consumer-scaler.spec.triggers.2"

ROWS: Final = (
    Row(
        "net-k8s-egress-limited",
        (TMS, VPC, PARTNERS),
        (
            Break(
                {"partners.spec.egress.0": {}},
                {"partners": "spec.egress.0 names no peer, so it opens everything"},
                aspect="peers",
            ),
            Break(
                {"partners.spec.egress.1.to.0": {"namespaceSelector": {}}},
                {"partners": "spec.egress.1.to.0 is every namespace"},
                aspect="peers",
            ),
            Break(
                {"partners.spec.egress.0.ports": DROP},
                {"partners": "spec.egress.0 opens every port of the internet"},
                aspect="ports",
            ),
            Break(
                {"partners.spec.egress.0.ports": [{"port": 5432}, {"port": 443, "protocol": "UDP"}]},
                {
                    "partners": (
                        "spec.egress.0.ports.0 opens TCP 5432 of the internet",
                        "spec.egress.0.ports.1 opens UDP 443 of the internet",
                    )
                },
                aspect="ports",
            ),
            Break(
                {"partners.spec.egress.0.to.0.ipBlock.except": ["10.0.0.0/8"]},
                {"partners": "spec.egress.0.to.0.ipBlock.except leaves the nodes' metadata service open"},
                aspect="except",
            ),
            Break(
                {"partners.spec.egress.0.to.0.ipBlock.except": ["169.254.0.0/16", "10.0.1.0/24"]},
                {"partners": "spec.egress.0.to.0.ipBlock.except leaves the network vpc open"},
                aspect="except",
            ),
        ),
        unknown="partners.spec.egress",
        also_holds=({"vpc": DROP}, {"partners.spec.egress.1.to.0.namespaceSelector": {}}),
    ),
    Row(
        "net-k8s-ingress-limited",
        (TMS, FROM_BALANCER),
        (
            Break(
                {"from-balancer.spec.ingress.0.from": DROP},
                {"from-balancer": "spec.ingress.0 names no peer, so everybody gets in"},
                aspect="peers",
            ),
            Break(
                {"from-balancer.spec.ingress.0.ports": DROP},
                {"from-balancer": "spec.ingress.0 opens every port"},
                aspect="ports",
            ),
            Break(
                {"from-balancer.spec.ingress.0.from.0": {"namespaceSelector": {}, "podSelector": {}}},
                {"from-balancer": "spec.ingress.0.from.0 is every namespace"},
                aspect="peers",
            ),
            Break(
                {"from-balancer.spec.ingress.0.from.0.ipBlock.cidr": "0.0.0.0/0"},
                {"from-balancer": "spec.ingress.0.from.0 is the whole internet"},
                aspect="peers",
            ),
        ),
        unknown="from-balancer.spec.ingress",
    ),
    Row(
        "net-k8s-enforced",
        (CNI, thing(CNI.token, "coredns", addonName="coredns")),
        (
            Break(
                {"vpc-cni.configurationValues": DROP},
                {"vpc-cni": "configurationValues do not set enableNetworkPolicy"},
            ),
            Break(
                {"vpc-cni.configurationValues": json.dumps({"enableNetworkPolicy": "false"})},
                {"vpc-cni": "configurationValues do not set enableNetworkPolicy"},
            ),
        ),
        unknown="vpc-cni.configurationValues",
    ),
    Row(
        "net-k8s-service-port",
        (TMS, ODOO, service("odoo-web", 8069), GPS_API, service("gps-api", 8000)),
        (
            Break(
                {"odoo-web-service.spec.ports.0.targetPort": 8068},
                {"odoo-web-service": "spec.ports.0 leads from port 8069 to 8068"},
            ),
            Break(
                {"odoo-web-service.spec.ports.0.port": 80},
                {"odoo-web-service": "spec.ports.0 leads from port 80 to http, which is 8069"},
            ),
        ),
        unknown="odoo-web-service.spec.ports",
        also_holds=(
            {"odoo-web-service.spec.ports.0.targetPort": DROP},
            {"gps-api-service.spec": {"type": "ExternalName", "externalName": "gps.example.com"}},
        ),
    ),
    Row(
        "net-k8s-target-group-binding",
        (TMS, binding("odoo-web", 8069)),
        (
            Break(
                {"odoo-web-binding.spec.networking": {"ingress": []}},
                {"odoo-web-binding": "networking is set, so the controller edits the nodes' security group"},
            ),
            Break(
                {"odoo-web-binding.spec.targetType": "instance"},
                {"odoo-web-binding": "targetType is instance, not ip"},
                aspect="target-type",
            ),
            Break(
                {"odoo-web-binding.spec.targetType": DROP},
                {"odoo-web-binding": "targetType is not set, not ip"},
                aspect="target-type",
            ),
        ),
        unknown="odoo-web-binding.spec.targetType",
    ),
    Row(
        "tls-k8s-postgres",
        (TMS, ODOO, ODOO_CONFIGURATION, POSTGRES_EXPORTER, GPS_SETTINGS),
        (
            Break(
                {_CONF: {"odoo.conf": ODOO_CONF.replace("verify-full", "require")}},
                {"odoo-conf": f"{_CONF_PATH} sets the mode require"},
            ),
            Break(
                {_CONF: {"odoo.conf": ODOO_CONF.replace("db_sslmode = verify-full\n", "")}},
                {
                    "odoo-conf": f"{_CONF_PATH} sets no db_sslmode, so Odoo does without TLS when the server"
                    " lets it"
                },
            ),
            Break(
                {_ENV: {"name": "PGSSLMODE", "value": "disable"}},
                {"odoo-web": "spec.template.spec.containers.0.env.0.value sets the mode disable"},
            ),
            Break(
                {"postgres-exporter.values.config.datasource.sslmode": "disable"},
                {"postgres-exporter": "values.config.datasource.sslmode sets the mode disable"},
            ),
            Break(
                {"postgres-exporter.values.config.datasource.sslmode": DROP},
                {
                    "postgres-exporter": "values.config.datasource.sslmode is not set, and the chart's own is"
                    " disable"
                },
            ),
            Break(
                {"gps-settings.data.DATABASE": "host=db.example.com dbname=gps sslmode=prefer"},
                {"gps-settings": "data.DATABASE sets the mode prefer"},
            ),
        ),
        unknown="postgres-exporter.chart",
        also_holds=({_ENV: {"name": "PGSSLMODE", "value": "verify-full"}},),
    ),
    Row(
        "tls-k8s-addresses",
        (TMS, GPS_API, GPS_SETTINGS),
        (
            Break(
                {"gps-settings.data.BROKER_URL": "amqp://broker.example.com:5672/tms"},
                {"gps-settings": "data.BROKER_URL has an address that begins with amqp://"},
            ),
            Break(
                {"gps-settings.data.CACHE": "redis://cache.example.com:6379"},
                {"gps-settings": "data.CACHE has an address that begins with redis://"},
            ),
            Break(
                {
                    "gps-api.spec.template.spec.containers.0.args.1": "http://search.ap-south-1.es.amazonaws.com"
                },
                {"gps-api": "spec.template.spec.containers.0.args.1 has an address that begins with http://"},
            ),
        ),
        unknown=None,
        also_holds=({"gps-settings.data.REPORTS": "http://127.0.0.1:8068"},),
    ),
    Row(
        "tls-k8s-queue-scaler",
        (TMS, CONSUMER_SCALER, QUEUE_AUTHENTICATION),
        (
            Break(
                {f"{_TRIGGER}.metadata.host": "amqp://user:pass@broker.example.com"},
                {"gps-consumer-scaler": "spec.triggers.2.metadata.host is written down; a secret gives it"},
                aspect="host",
            ),
            Break(
                {f"{_TRIGGER}.authenticationRef": DROP},
                {"gps-consumer-scaler": "spec.triggers.2.authenticationRef is not set"},
                aspect="authentication",
            ),
            Break(
                {"gps-rabbitmq": DROP},
                {"gps-consumer-scaler": "spec.triggers.2.authenticationRef names nothing in this namespace"},
                aspect="authentication",
            ),
            Break(
                {"gps-rabbitmq.spec.secretTargetRef": [{"parameter": "host", "name": "x", "key": "host"}]},
                {"gps-consumer-scaler": "gps-rabbitmq does not give the parameter tls"},
                aspect="tls",
            ),
        ),
        unknown="gps-rabbitmq.spec.secretTargetRef",
        unknown_at="gps-consumer-scaler",
    ),
)

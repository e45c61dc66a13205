"""Names that pods and policies share: namespaces, priorities, and labels that open ways out."""

from __future__ import annotations

from typing import Final

ERP: Final = "erp"
"""Odoo and its reports."""
GPS: Final = "gps"
"""GPS ingestion: the API and the consumers."""
SYSTEM: Final = "platform-system"
"""Controllers that serve every namespace."""
OBSERVABILITY: Final = "observability"
"""What watches the others."""
NODE_AGENTS: Final = "node-agents"
"""What looks at the node itself: the log shipper and the node exporter, where logs and metrics are kept."""
NAMESPACES: Final = (ERP, GPS, SYSTEM, OBSERVABILITY)
"""Those of every environment."""

NAME: Final = "app.kubernetes.io/name"
NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
"""Set on every namespace by Kubernetes itself: nobody can give himself another one's."""

ALLOWED: Final = "allowed"
REACHES_PARTNERS: Final = "fleet-erp/partners"
"""On pods that call GSP and GPS partners over HTTPS (NET-06); the value is `allowed`, as for the others."""
REACHES_AWS: Final = "fleet-erp/aws"
"""On pods that call AWS: those whose service account has a role."""
REACHES_BROKER_MANAGEMENT: Final = "fleet-erp/broker-management"
"""On jobs that make users, queues and policies in RabbitMQ."""
SENDS_MAIL: Final = "fleet-erp/mail"
"""On pods that hand mail to the mail server."""
ODOO: Final = "odoo"
"""`app.kubernetes.io/name` of all pods of Odoo."""
MAIL_CATCHER: Final = "mail-catcher"
"""`app.kubernetes.io/name` of the sink that receives mail where none may reach a real person."""

METRICS_PORT_NAME: Final = "metrics"
"""A container port of this name is scraped."""

PRIORITY_PLATFORM: Final = "platform"
PRIORITY_TRANSACTIONS: Final = "transactions"
PRIORITY_STANDARD: Final = "standard"
PRIORITY_REPORTS: Final = "reports"

"""What the GPS service is told: variables and files, the contract with its image.

The image's entry point takes `api` or `consumer`. Secrets are files, whose names variables give:

| variable | who | content |
|---|---|---|
| `BROKER_URL_FILE` | both | `amqps://user:password@host:5671/vhost` |
| `CACHE_URL_FILE` | API | `rediss://user:password@host:6379/0`: counts requests per API key |
| `API_KEYS_FILE` | API | the partners' keys; appears when an operator puts them, follows their rotation |
| `PGSERVICEFILE`, `PGSERVICE` | consumer | a connection service of libpq, verify-full; the host is `PGHOST` |
| `SSL_CERT_FILE` | both | the authority of broker and cache, where it is not the system's |

The API answers 202 after the broker's confirm, 503 while the queue is full, 429 above the rate of a key. Both
answer `/health`, `/ready` and `/metrics` on port 8000, and write a line of JSON for each position with
`event=gps_ingested` and `outcome`.
"""

from __future__ import annotations

from typing import Final

from ...network import ports
from ...settings import WorkloadsSettings
from ..capacity import Capacity
from ..jobs.broker_plan import EXCHANGE, POSITIONS, ROUTING_KEY, VHOST
from ..jobs.users import GPS, GPS_DATABASE

SECRETS: Final = "/run/secrets"
BROKER_FOLDER: Final = f"{SECRETS}/broker"
CACHE_FOLDER: Final = f"{SECRETS}/cache"
DATABASE_FOLDER: Final = f"{SECRETS}/database"
PARTNER_FOLDER: Final = f"{SECRETS}/partner"
AUTHORITY_FOLDER: Final = "/etc/store-authority"
CERTIFICATES_FOLDER: Final = "/etc/rds"
URL_FILE: Final = "url"
SERVICE_FILE: Final = "pg_service.conf"
API_KEYS_FILE: Final = "api-keys"
SERVICE: Final = "gps"
CONNECT_SECONDS: Final = 5

SAMPLING_ANNOTATION: Final = "fleet-erp/success-sampling-percent"
"""On the pods: the share of successful ingestion events that whoever ships logs keeps. The service writes all
of them, so that one place alone draws lots, and never about errors (OBS-11, OBS-12)."""

BROKER_URL: Final = 'amqps://{{ .username }}:{{ .password }}@{{ .endpoint | trimPrefix "amqps://" }}/' + VHOST
"""Members of the secret: `endpoint` is `amqps://host:5671`. Passwords are letters and digits."""
BROKER_HOST: Final = "{{ .endpoint }}/" + VHOST
"""The same without login: KEDA takes that apart."""
CACHE_URL: Final = "rediss://{{ .username }}:{{ .password }}@{{ .host }}:{{ .port }}/0"


def database_service(*, root_certificates: str) -> str:
    """Render the consumers' connection service (SEC-05)."""
    return (
        f"[{SERVICE}]\n"
        f"dbname={GPS_DATABASE}\n"
        f"user={GPS}\n"
        "password={{ .password }}\n"
        "sslmode=verify-full\n"
        f"sslrootcert={root_certificates}\n"
    )


def _both(settings: WorkloadsSettings) -> dict[str, str]:
    return {
        "LOG_LEVEL": settings.log_level,
        "BROKER_URL_FILE": f"{BROKER_FOLDER}/{URL_FILE}",
        # One process for each pod: more than one breaks the metrics, and pods are what scales.
        "UVICORN_WORKERS": "1",
        "UVICORN_HOST": "0.0.0.0",  # noqa: S104  (in a pod; policies say who gets in)
        "UVICORN_PORT": str(ports.GPS.first),
    }


def api_variables(settings: WorkloadsSettings, capacity: Capacity, *, answer_seconds: int) -> dict[str, str]:
    """Give the variables of the API; `answer_seconds` is what a stopping pod has for open requests."""
    return {
        **_both(settings),
        "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": str(answer_seconds),
        "BROKER_EXCHANGE": EXCHANGE,
        "BROKER_ROUTING_KEY": ROUTING_KEY,
        "CACHE_URL_FILE": f"{CACHE_FOLDER}/{URL_FILE}",
        "API_KEYS_FILE": f"{PARTNER_FOLDER}/{API_KEYS_FILE}",
        "RATE_LIMIT_REQUESTS": str(capacity.key_rate_limit.requests),
        "RATE_LIMIT_WINDOW_SECONDS": str(capacity.key_rate_limit.window_seconds),
    }


def consumer_variables(settings: WorkloadsSettings, capacity: Capacity) -> dict[str, str]:
    """Give the variables of the consumer."""
    return {
        **_both(settings),
        "BROKER_QUEUE": POSITIONS,
        "BROKER_PREFETCH": str(capacity.gps_consumer.prefetch),
        "DATABASE_CONNECTIONS": str(capacity.gps_consumer.db_connections),
        "PGSERVICEFILE": f"{DATABASE_FOLDER}/{SERVICE_FILE}",
        "PGSERVICE": SERVICE,
        "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
    }

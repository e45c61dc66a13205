"""AWS in one region, asked with bounded patience: a region that is lost must not hold up the other."""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

TRIES: Final = 4
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 20
DOUBTFUL_TRIES: Final = 1
DOUBTFUL_SECONDS: Final = 4
"""For the region that may be lost: one question, and no long wait for the answer."""

_PASSING: Final = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)


class Aws:
    """Clients of one region; Route 53, which has no region, is reached by its own address."""

    def __init__(self, region: str, *, doubtful: bool = False, endpoint: str | None = None) -> None:
        self.region = region
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self._config = Config(
            connect_timeout=DOUBTFUL_SECONDS if doubtful else CONNECT_SECONDS,
            read_timeout=DOUBTFUL_SECONDS if doubtful else READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": DOUBTFUL_TRIES if doubtful else TRIES},
        )

    def client(self, service: str) -> Any:  # noqa: ANN401  (boto3 has no types of its own)
        """Give the client of a service."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service, region_name=self.region, endpoint_url=self._endpoint, config=self._config
            )
        return self._clients[service]


def code_of(error: Exception) -> str:
    """Give the code by which AWS names an error; empty for one that is not its answer."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""


def passes(error: Exception) -> bool:
    """Whether the same call may well succeed a little later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in _PASSING or status >= 500  # noqa: PLR2004  (HTTP's own classes)
    # A wrong credential or parameter is no matter of time.
    return isinstance(error, BotoCoreError) and type(error).__name__ in {
        "ConnectionClosedError",
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "ReadTimeoutError",
        "HTTPClientError",
        "ResponseStreamingError",
    }

"""AWS in one process (moto), in which calls fail, regions are lost, and time is the rehearsal's own.

Where moto falls short there are stand-ins, named so: `_stand_in_…`.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from unittest.mock import patch

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber
from moto.efs.models import efs_backends
from moto.rds.models import rds_backends

from ops.recovery.aws import Aws

Fault = Literal["error", "throttled", "timeout", "answer lost", "unreachable"]
FAULTS: Final[tuple[Fault, ...]] = ("error", "throttled", "timeout", "answer lost", "unreachable")
CALL_SECONDS: Final = 0.3
ACCOUNT: Final = DEFAULT_ACCOUNT_ID
SOURCE_FILES: Final = "fs-0123456789abcdef0"
"""Production's file system."""
MOST_CALLS: Final = 6000
"""A run that makes more does not end by itself."""


class CrashError(BaseException):
    """The process is gone: nothing that runs here may catch it, and nothing works any more."""


class SimulatedClock:
    """Passes when somebody waits, and a little with every call."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to the beginning."""
        self._now = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Give the time."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self._now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Trouble:
    """What goes wrong, by the number of the call; `crash`: before the call, or after it had its effect."""

    faults: dict[int, Fault] = field(default_factory=dict)
    crashes: dict[int, Literal["before", "after"]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    """Operations that AWS denies, as `rds.CreateDBSnapshot`."""


class SimulatedAws:
    """Two regions. Every call of both, and of programs, has a number, so that trouble can be put anywhere."""

    def __init__(self, region: str, primary_region: str) -> None:
        self.region = region
        self.primary_region = primary_region
        self.clock = SimulatedClock()
        self.trouble = Trouble()
        self.primary_lost = False
        self.lag: Callable[[], float | None] = lambda: 5.0
        self.quota = 64.0
        self.backup_hours: float | None = 3.0
        self.file_lag: float = 240.0
        self.files_copied: Literal["ENABLED", "DELETING"] | None = "ENABLED"
        """How the replication into Odoo's files is; None: it was ended."""
        self.files_released_at: datetime | None = None
        self.calls = 0
        self.dead = False
        self.lost_calls: list[str] = []
        """What was asked of a region that is lost."""
        self.called: Counter[tuple[str, str]] = Counter()
        self.ready_at: dict[str, tuple[str, datetime]] = {}
        """Instances and snapshots that are being made: what they are until when."""
        self._clients: dict[str, Aws] = {}

    def aws(self, region: str, *, doubtful: bool) -> Aws:
        """Give the clients of a region, the same every time: to make one takes longer than many calls."""
        if region not in self._clients:
            made = Aws(region, doubtful=doubtful)
            original = made.client

            def client(service: str) -> Any:
                known = service in made._clients
                found = original(service)
                if not known:
                    # Every handler is called: with moto's own left there, each request is made twice.
                    found.meta.events.unregister("before-send", botocore_stubber)
                    found.meta.events.register_first("before-send", self._send)
                return found

            made.client = client  # type: ignore[method-assign]
            self._clients[region] = made
        return self._clients[region]

    def restart(self) -> None:
        """A new process, in the same world."""
        self.dead = False

    @contextmanager
    def numbered(self) -> Iterator[None]:
        """Count something that happens, which a crash may come before or after."""
        if self.dead:
            raise CrashError
        self.calls += 1
        number = self.calls
        if number > MOST_CALLS:
            raise AssertionError(f"{MOST_CALLS} calls, and no end")
        self.clock.sleep(CALL_SECONDS)
        crash = self.trouble.crashes.pop(number, None)
        if crash == "before":
            self.dead = True
            raise CrashError
        yield
        if crash == "after":
            self.dead = True
            raise CrashError

    def fault(self) -> Fault | None:
        """Give what goes wrong with the call that is counted now."""
        return self.trouble.faults.pop(self.calls, None)

    def _send(self, event_name: str, request: Any, **_rest: object) -> AWSResponse:
        _, service, operation = event_name.split(".")
        with self.numbered():
            self.called[service, operation] += 1
            lost = self.primary_lost and f".{self.primary_region}." in request.url
            if lost:
                self.lost_calls.append(f"{service}.{operation}")
            fault = "unreachable" if lost else self.fault()
            if fault == "unreachable":
                raise EndpointConnectionError(endpoint_url=request.url)
            if fault == "timeout":
                self.clock.sleep(20)
                raise ReadTimeoutError(endpoint_url=request.url)
            if fault == "error":
                return _failure(request, 500, "InternalFailure")
            if fault == "throttled":
                return _failure(
                    request, 503 if service == "s3" else 400, "SlowDown" if service == "s3" else "Throttling"
                )
            if f"{service}.{operation}" in self.trouble.refused:
                return _failure(request, 403, "AccessDenied")
            answer = self._answer(service, operation, request)
            if fault == "answer lost":
                raise ReadTimeoutError(endpoint_url=request.url)
            return answer

    def _answer(self, service: str, operation: str, request: Any) -> AWSResponse:
        match service, operation:
            case "backup", "ListRecoveryPointsByBackupVault":
                return self._stand_in_backup(request)
            case "efs", "DescribeReplicationConfigurations" | "DeleteReplicationConfiguration":
                return self._stand_in_file_replication(operation, request)
            case "service-quotas", "GetServiceQuota":
                return _json(request, {"Quota": {"QuotaCode": "L-1216C47A", "Value": self.quota}})
            case "cloudwatch", "GetMetricStatistics":
                self._stand_in_lag()
            case "rds", _:
                self._stand_in_time()
            case _:
                pass
        answer = botocore_stubber(f"before-send.{service}.{operation}", request)
        if answer is None:
            raise AssertionError(f"{service}.{operation} would have left this machine")
        if service == "rds":
            self._stand_in_making(operation, request)
        return answer

    def _stand_in_backup(self, request: Any) -> AWSResponse:
        """Moto lists no recovery points."""
        points = []
        if self.backup_hours is not None:
            made = self.clock.now() - timedelta(hours=self.backup_hours)
            points.append({"Status": "COMPLETED", "CreationDate": made.timestamp()})
        return _json(request, {"RecoveryPoints": points})

    def _stand_in_file_replication(self, operation: str, request: Any) -> AWSResponse:
        """Moto replicates no file systems. An end takes minutes; with the source lost, it has no end."""
        here = next(iter(efs_backends[ACCOUNT][self.region].file_systems_by_id))
        if self.files_released_at is not None and self.clock.now() >= self.files_released_at:
            self.files_copied = None
        if self.files_copied is None:
            return _json(request, {"__type": "ReplicationNotFound", "message": "none"}, 404)
        if operation == "DeleteReplicationConfiguration":
            local = "LOCAL_CONFIGURATION_ONLY" in request.url
            self.files_copied = "DELETING"
            if local or not self.primary_lost:
                self.files_released_at = self.clock.now() + timedelta(minutes=1 if local else 4)
            return _json(request, {}, 204)
        whole_until = (self.clock.now() - timedelta(seconds=self.file_lag)).timestamp()
        destination = {
            "FileSystemId": here,
            "Region": self.region,
            "Status": self.files_copied,
            "LastReplicatedTimestamp": whole_until,
        }
        replication = {
            "SourceFileSystemId": SOURCE_FILES,
            "SourceFileSystemRegion": self.primary_region,
            "Destinations": [destination],
        }
        return _json(request, {"Replications": [replication]})

    def _stand_in_lag(self) -> None:
        """Nothing replicates here, so the lag is said."""
        backend = cloudwatch_backends[ACCOUNT][self.region]
        backend.metric_data = [m for m in backend.metric_data if m.name != "ReplicaLag"]
        lag = self.lag()
        if lag is None:
            return
        backend.put_metric_data(
            "AWS/RDS",
            [
                {
                    "MetricName": "ReplicaLag",
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "fleet-erp-dr-postgres"}],
                    "Value": lag,
                    "Timestamp": self.clock.now().replace(tzinfo=None),
                }
            ],
        )

    def _stand_in_making(self, operation: str, request: Any) -> None:
        """In moto everything is there at once; in AWS it takes its time."""
        minutes = {"CreateDBSnapshot": 4, "RestoreDBInstanceFromDBSnapshot": 9, "DeleteDBInstance": 2}
        if operation not in minutes:
            return
        backend = rds_backends[ACCOUNT][self.region]
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        for name in (*backend.databases, *backend.database_snapshots):
            if "-drill-" in name and name in body and (name, operation) not in self.ready_at:
                status = "deleting" if operation == "DeleteDBInstance" else "creating"
                self.ready_at[f"{operation} {name}"] = (
                    status,
                    self.clock.now() + timedelta(minutes=minutes[operation]),
                )

    def _stand_in_time(self) -> None:
        backend = rds_backends[ACCOUNT][self.region]
        for key, (status, moment) in list(self.ready_at.items()):
            operation, name = key.split(" ")
            over = self.clock.now() >= moment
            if operation == "CreateDBSnapshot" and name in backend.database_snapshots:
                backend.database_snapshots[name].status = "available" if over else status
            if operation == "RestoreDBInstanceFromDBSnapshot" and name in backend.databases:
                backend.databases[name].status = "available" if over else status
            if over:
                del self.ready_at[key]


def _failure(request: Any, status: int, code: str) -> AWSResponse:
    """Give an error in a form that every protocol of AWS understands."""
    if "json" in str(request.headers.get("Content-Type", "")) or "rest-json" in request.url:
        return _json(request, {"__type": code, "message": "injected"}, status)
    text = (
        f"<ErrorResponse><Error><Code>{code}</Code><Message>injected</Message></Error>"
        "<RequestId>0</RequestId></ErrorResponse>"
    )
    if ".s3." in request.url:
        text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    headers = {"x-amzn-errortype": code, "Content-Type": "text/xml"}
    return AWSResponse(request.url, status, headers, MockRawResponse(text.encode()))


def _json(request: Any, document: object, status: int = 200) -> AWSResponse:
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(document).encode()))


@contextmanager
def running(region: str, primary_region: str) -> Iterator[SimulatedAws]:
    """Start it. What botocore waits between its tries is time of the rehearsal."""
    simulated = SimulatedAws(region, primary_region)
    with (
        mock_aws(),
        patch.object(botocore.endpoint.time, "sleep", simulated.clock.sleep),
        patch.object(random, "random", lambda: 0.5),
    ):
        yield simulated

"""The engine's side of `pulumi.log`: keeps what the program and the SDK say, for the report and for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2

_SEVERITIES: Final = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message of a run; `severity` is info, warning or error, `urn` is empty when it is about none."""

    severity: str
    message: str
    urn: str


class EngineLog:
    """Stands where the SDK expects the engine's gRPC stub; debug lines are dropped."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802  (name of the RPC)
        """Keep one line unless it is debug output."""
        if request.severity != engine_pb2.DEBUG:
            self.lines.append(LogLine(_SEVERITIES[request.severity], request.message, request.urn))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: object) -> empty_pb2.Empty:  # noqa: N802
        """Accept any range: there is no CLI in an offline run whose version could be wrong."""
        return empty_pb2.Empty()

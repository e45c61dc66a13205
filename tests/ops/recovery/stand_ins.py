"""Stand-ins for programs and for users: the Pulumi CLI, kubectl, a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moto.rds.models import rds_backends

from ops.recovery.programs import Done

from .simulated_aws import ACCOUNT, SimulatedAws
from .standby import ESTATE, Standby

UP_STAGES: Final = ("promote", "guard", "grow", "serve", "names")
"""What a deployment does, in an order that it may well have."""
STAGE_MINUTES: Final = 9


@dataclass(kw_only=True)
class Cluster:
    """What kubectl sees: the job that replays, and what a drill has started."""

    jobs: dict[str, int] = field(default_factory=dict)
    """Polls until a job has succeeded."""
    started_jobs: int = 0
    login: bool = False
    pod_polls: int | None = None
    pod_is_broken: bool = False
    applied: dict[str, Any] = field(default_factory=dict)


class StandIns(Standby):
    """Programs do to the standby what the real ones do, as far as a failover looks."""

    def __init__(self, aws: SimulatedAws) -> None:
        super().__init__(aws)
        self.active = False
        self.stages_done: list[str] = []
        self.up_failures: list[str] = []
        """Stages before which a deployment fails, the next first."""
        self.program_failures: dict[str, int] = {}
        """How often a program fails that has this word among its arguments."""
        self.promotions = 0
        self.cluster = Cluster()

    @property
    def left_over(self) -> list[str]:
        """What of a drill is still there."""
        backend = rds_backends[ACCOUNT][ESTATE.region]
        return [
            *(name for name in backend.databases if "-drill-" in name),
            *backend.database_snapshots,
            *(["login"] if self.cluster.login else []),
            *(["pod"] if self.cluster.pod_polls is not None else []),
        ]

    def run(
        self,
        arguments: Sequence[str],
        *,
        variables: Mapping[str, str],
        text: str | None,
        timeout_seconds: float,
        beat: Callable[[], None],
    ) -> Done:
        """Stand in for programs."""
        with self.aws.numbered():
            words = list(arguments)
            for word, left in self.program_failures.items():
                if word in words and left > 0:
                    self.program_failures[word] = left - 1
                    return Done(1, f"error: {word} failed, as it was told to")
            if words[:3] == ["pulumi", "config", "set"]:
                assert words[3:5] == ["--path", "fleet-erp:recovery.active"]
                assert words[6:] == ["-s", "dr"]
                assert ESTATE.region in variables["PULUMI_BACKEND_URL"]
                self.active = words[5] == "true"
                return Done(0, "")
            if words[:3] == ["pulumi", "config", "get"]:
                return Done(0, f"{str(self.active).lower()}\n")
            if words[1:5] == ["-m", "delivery", "up", "dr"]:
                return self._up(beat, timeout_seconds)
            if words[:3] == ["aws", "eks", "update-kubeconfig"]:
                return Done(0, "")
            if words[0] == "kubectl":
                return self._kubectl(words[2:], text)
        raise AssertionError(f"nobody stands in for {words}")

    def _up(self, beat: Callable[[], None], timeout_seconds: float) -> Done:
        assert self.active
        for stage in UP_STAGES:
            if stage in self.stages_done:
                continue
            if self.up_failures and self.up_failures[0] == stage:
                self.up_failures.pop(0)
                return Done(255, f"updating {stage}\nerror: update failed, as it was told to")
            for _ in range(STAGE_MINUTES):
                self.aws.clock.sleep(60)
                timeout_seconds -= 60
                beat()
                # Time enough for the process to be killed while the deployment runs.
                with self.aws.numbered():
                    pass
            if timeout_seconds < 0:
                return Done(124, "interrupted")
            getattr(self, f"_stage_{stage}")()
            self.stages_done.append(stage)
        return Done(0, "Resources: 41 updated")

    def _stage_promote(self) -> None:
        # Moto's own PromoteReadReplica leaves the source in its answers.
        self.replica.source_db_instance_identifier = None
        self.replica.is_replica = False
        self.promotions += 1

    def _stage_guard(self) -> None:
        self.replica.multi_az = self.replica.deletion_protection = True
        self.replica.backup_retention_period = ESTATE.backup_retention_days

    def _stage_grow(self) -> None:
        self._nodes(serving=True)

    def _stage_serve(self) -> None:
        self._targets(healthy=True)

    def _stage_names(self) -> None:
        self._switch(standby=True)

    def _kubectl(self, words: list[str], text: str | None) -> Done:  # noqa: PLR0911  (a table of commands)
        cluster = self.cluster
        match words[0], words[1]:
            case "get", "job":
                name = words[2]
                if name not in cluster.jobs:
                    return Done(0, "")
                cluster.jobs[name] -= 1
                done = cluster.jobs[name] <= 0
                return Done(0, json.dumps({"status": {"succeeded": 1} if done else {"active": 1}}))
            case "create", "job":
                assert words[4] == "--from=cronjob/outbox-replay"
                cluster.jobs[words[2]] = 3
                cluster.started_jobs += 1
                return Done(0, "created")
            case "apply", _:
                cluster.applied = json.loads(text or "")
                cluster.login, cluster.pod_polls = True, 8
                return Done(0, "created")
            case "delete", "pod":
                cluster.pod_polls = None
                self.aws.clock.sleep(40)
                return Done(0, "")
            case "delete", "secret":
                cluster.login = False
                return Done(0, "")
            case "get", "pod":
                return Done(0, self._pod())
            case "logs", _:
                return Done(
                    0, json.dumps({"users": 812, "positions": 5_000_000, "newest_position": ""}) + "\n"
                )
            case _:
                raise AssertionError(f"nobody stands in for kubectl {words}")

    def _pod(self) -> str:
        cluster = self.cluster
        if cluster.pod_polls is None:
            return ""
        cluster.pod_polls -= 1
        if cluster.pod_is_broken:
            ended = {"exitCode": 1, "message": "tms: there are no users"}
            broken = {"name": "examine", "restartCount": 3, "state": {"terminated": ended}}
            return json.dumps({"status": {"phase": "Pending", "initContainerStatuses": [broken]}})
        ready = "True" if cluster.pod_polls <= 0 else "False"
        return json.dumps(
            {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}}
        )

    def status(self, host: str, *, via: str, path: str) -> int | str:
        """Stand in for a web server at this region's load balancer."""
        with self.aws.numbered():
            assert host == ESTATE.web_hostname
            assert f".{ESTATE.region}.elb." in via
            assert path in {"/web/health", "/web/login"}
            return 200 if "serve" in self.stages_done else 503

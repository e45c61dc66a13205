"""The switch is made by the Pulumi CLI in delivery's way: every pack, the right levels, its own state."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.recovery import failover
from ops.recovery.journal import begun
from ops.recovery.programs import SystemPrograms
from ops.recovery.situation import Allowed, Situation
from ops.recovery.steps import TryAgainError
from policies.framework.pack import pack_directories

from .world import World

ROOT = Path(__file__).resolve().parents[3]
PULUMI = """#!/usr/bin/env python3
# A stand-in for the Pulumi CLI: it keeps the value and what it was told.
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
value = folder / "value"
call = {"arguments": sys.argv[1:], "backend": os.environ["PULUMI_BACKEND_URL"]}
call["profile"] = os.environ.get("AWS_PROFILE")
with (folder / "calls").open("a") as file:
    file.write(json.dumps(call) + "\\n")
print("warning: A new version of Pulumi is available", file=sys.stderr)
if sys.argv[1:3] == ["config", "set"]:
    value.write_text(sys.argv[5])
elif sys.argv[1:3] == ["config", "get"]:
    print(value.read_text())
elif sys.argv[1] == "up" and (folder / "fails").exists():
    print("error: the stack is currently locked by 1 lock(s)")
    sys.exit(255)
"""


@dataclass(frozen=True)
class Cli:
    """The stand-in, and what it was told."""

    folder: Path

    @property
    def calls(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    for name in ("pulumi", "aws"):
        (tmp_path / name).write_text(PULUMI)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return Cli(tmp_path)


@pytest.fixture
def situation(world: World) -> Situation:
    made = world.situation("failover", Allowed())
    made.programs = SystemPrograms()
    made.estate = made.estate.read()
    made.deadline = made.clock.now().replace(year=made.clock.now().year + 1)
    made.journal.entries = begun("failover", by="somebody", now=made.clock.now(), outage_began=None)
    return made


@pytest.mark.requirement("ENV-05")
def test_one_value_and_one_deployment_are_the_switch(cli: Cli, situation: Situation) -> None:
    """The value is set in the stack's own state, and `pulumi up -s dr` runs under every rule."""
    step = {each.name: each for each in failover.STEPS}
    situation.deploy_profile = "deploy"
    step["declare"].action(situation)
    assert step["declare"].verification(situation) is None
    step["deploy"].action(situation)
    setting, reading, up = cli.calls
    path = "fleet-erp:recovery.active"
    assert setting["arguments"] == ["config", "set", "--path", path, "true", "-s", "dr"]
    assert reading["arguments"] == ["config", "get", "--path", path, "-s", "dr"]
    arguments = up["arguments"]
    assert isinstance(arguments, list)
    assert arguments[:3] == ["up", "-s", "dr"]
    assert arguments[-2:] == ["--yes", "--non-interactive"]
    packs = [str(each.relative_to(ROOT)) for each in pack_directories(ROOT / "policies")]
    assert [arguments[n + 1] for n, word in enumerate(arguments) if word == "--policy-pack"] == packs
    backend = "s3://fleet-erp-state-111122223333-ap-southeast-1?region=ap-southeast-1&awssdk=v2"
    assert {(call["backend"], call["profile"]) for call in cli.calls} == {(backend, "deploy")}
    undo = step["declare"].undo
    assert undo is not None
    assert undo(situation) is None
    assert (cli.folder / "value").read_text() == "false"


def test_what_the_cli_says_is_the_reason(cli: Cli, situation: Situation) -> None:
    (cli.folder / "fails").touch()
    (deploy,) = [each for each in failover.STEPS if each.name == "deploy"]
    with pytest.raises(TryAgainError, match=r"ended with status 255: .*the stack is currently locked"):
        deploy.action(situation)

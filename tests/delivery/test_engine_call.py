"""The CLI is called with every pack, the environment's levels and backend; a stand-in records it."""

from __future__ import annotations

import json
import os
import stat
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from delivery.__main__ import MISTAKEN, main
from delivery.engine_call import engine_call, state_backend

RECORDER = """\
import json, os, sys
with open(os.environ["RECORD"], "w") as file:
    backend = os.environ["PULUMI_BACKEND_URL"]
    json.dump({"arguments": sys.argv[1:], "backend": backend, "cwd": os.getcwd()}, file)
sys.exit(int(os.environ.get("STATUS", "0")))
"""


def _program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` and an `aws` on PATH that do nothing but write down how they were called."""
    _program(tmp_path, "pulumi", RECORDER)
    _program(tmp_path, "aws", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RECORD", str(tmp_path / "record.json"))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    return tmp_path / "record.json"


def _values(arguments: list[str], option: str) -> list[str]:
    return [value for name, value in pairwise(arguments) if name == option]


@pytest.mark.requirement("POL-04")
@pytest.mark.parametrize("verb", ["preview", "up"])
def test_every_pack_judges_every_run(verb: str, record: Path, repository: Path) -> None:
    assert main([verb, "staging"]) == 0
    call = json.loads(record.read_text())
    assert call["arguments"][:3] == [verb, "-s", "staging"]
    packs = sorted(
        str(file.parent.relative_to(repository)) for file in repository.glob("policies/*/PulumiPolicy.yaml")
    )
    assert len(packs) >= 3
    assert sorted(_values(call["arguments"], "--policy-pack")) == packs
    levels = _values(call["arguments"], "--policy-pack-config")
    assert levels == ["policies/levels/staging.json"] * len(packs)
    assert all((repository / file).is_file() for file in levels)
    assert call["cwd"] == str(repository)


@pytest.mark.requirement("POL-04")
def test_a_blocked_run_fails(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "255")
    assert main(["preview", "prod"]) == 255
    assert record.is_file()


def test_a_workspace_has_the_levels_of_development() -> None:
    call = engine_call("up", "dev", variables={})
    assert "policies/levels/dev.json" in call.arguments


def test_further_arguments_reach_the_cli(record: Path) -> None:
    assert main(["up", "staging", "--", "--yes", "--non-interactive"]) == 0
    assert json.loads(record.read_text())["arguments"][-2:] == ["--yes", "--non-interactive"]


def test_recovery_keeps_its_state_in_its_own_region() -> None:
    backends = {stack: state_backend(stack) for stack in ("prod", "staging", "testing", "dr", "dev")}
    assert (
        backends["dr"] == "s3://fleet-erp-state-111122223333-ap-southeast-1?region=ap-southeast-1&awssdk=v2"
    )
    assert backends["prod"] == "s3://fleet-erp-state-111122223333-ap-south-1?region=ap-south-1&awssdk=v2"
    assert backends["dev"] == backends["testing"]
    assert len(set(backends.values())) == 4


def test_a_callers_backend_wins(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///tmp/state")
    main(["preview", "staging"])
    assert json.loads(record.read_text())["backend"] == "file:///tmp/state"


def test_missing_programs_are_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["up", "staging"]) == MISTAKEN
    assert capsys.readouterr().err.splitlines() == [
        "pulumi: not found on PATH; needed is the Pulumi CLI, 3.272 or newer",
        "aws: not found on PATH; needed is the AWS CLI, 2.7 or newer, which the EKS component runs",
    ]


@pytest.mark.usefixtures("record")
def test_unknown_stack_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "stagging"]) == MISTAKEN
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert os.environ["PATH"]

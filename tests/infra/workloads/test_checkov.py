"""checkov's checks of Kubernetes objects hold for every stack, but for those listed with a reason.

checkov wants other versions of libraries that these tests use: it lives in a virtualenv of its own, which
`make checkov` and `.ci/run` set up. Without it the tests are skipped.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from preview.graph import ResourceGraph, plain
from preview.stacks import STACKS
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import ROOT
from tests.schemas.validation import is_object

CHECKOV: Final = ROOT / ".venv-checkov" / "bin" / "checkov"
LIST: Final = ROOT / "policies" / "checkov.yaml"
TIMEOUT_SECONDS: Final = 120

pytestmark = pytest.mark.skipif(not CHECKOV.exists(), reason="checkov is not installed (make checkov)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that does not hold for an object: `CKV_K8S_11`, `Deployment`, `odoo-web`."""

    check: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """What checkov says about a stack."""

    passed: int
    resources: int
    failures: frozenset[Failure]


@cache
def allowed() -> tuple[dict[str, Any], ...]:
    """The checks that need not hold: number, patterns of names, reason."""
    entries = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return tuple({**entry, "check": entry["check"].split(" ", 1)[0]} for entry in entries)


def manifests(graph: ResourceGraph) -> list[dict[str, Any]]:
    """Give every object of a stack as it is sent to the API."""
    return [plain(resource.inputs) for resource in graph.resources if is_object(resource)]


def scan(documents: list[dict[str, Any]], folder: Path) -> Report:
    """Run checkov over objects."""
    file = folder / "objects.yaml"
    file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    done = subprocess.run(  # noqa: S603  (our own command)
        [
            CHECKOV,
            "--framework=kubernetes",
            # Else it asks a server for guidelines.
            "--skip-download",
            "--quiet",
            "--output=json",
            f"--file={file}",
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0, done.stderr
    return Report(
        passed=report["summary"]["passed"],
        resources=report["summary"]["resource_count"],
        failures=frozenset(_failures(report)),
    )


def _failures(report: dict[str, Any]) -> Iterator[Failure]:
    for failed in report["results"]["failed_checks"]:
        kind, _, rest = failed["resource"].partition(".")
        yield Failure(failed["check_id"], kind, rest.rpartition(".")[2])


def _allows(entry: dict[str, Any], failure: Failure) -> bool:
    return entry["check"] == failure.check and any(
        fnmatchcase(failure.name, pattern) for pattern in entry["workloads"]
    )


@pytest.fixture(scope="module")
def reports(estate: EstateRenderer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Checkov's report on every stack."""
    return {stack: scan(manifests(estate(stack)), tmp_path_factory.mktemp(stack)) for stack in STACKS}


@pytest.mark.parametrize("stack", STACKS)
def test_every_check_holds_but_those_with_a_reason(
    estate: EstateRenderer, reports: dict[str, Report], stack: str
) -> None:
    report = reports[stack]
    assert report.resources >= len(manifests(estate(stack))), "checkov has looked at every object"
    assert report.passed > 500
    unexplained = [
        failure for failure in report.failures if not any(_allows(entry, failure) for entry in allowed())
    ]
    assert unexplained == []


def test_every_exception_is_needed(reports: dict[str, Report]) -> None:
    failures = frozenset().union(*(report.failures for report in reports.values()))
    for entry in allowed():
        for pattern in entry["workloads"]:
            one = {**entry, "workloads": [pattern]}
            assert any(_allows(one, failure) for failure in failures), (entry["check"], pattern)
        assert len(entry["why"]) > 40


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        ("securityContext.privileged", True, "CKV_K8S_16"),
        ("securityContext.readOnlyRootFilesystem", False, "CKV_K8S_22"),
        ("securityContext.allowPrivilegeEscalation", True, "CKV_K8S_20"),
        ("image", "odoo:latest", "CKV_K8S_14"),
        ("resources", {}, "CKV_K8S_13"),
        ("livenessProbe", None, "CKV_K8S_8"),
    ],
)
def test_checkov_finds_what_is_broken(
    estate: EstateRenderer, tmp_path: Path, path: str, value: object, check: str
) -> None:
    """The real objects with one thing changed: else a scanner that reads nothing would pass them all."""
    documents = json.loads(json.dumps(manifests(estate("testing"))))
    (web,) = (
        one for one in documents if one["kind"] == "Deployment" and one["metadata"]["name"] == "odoo-web"
    )
    place = web["spec"]["template"]["spec"]["containers"][0]
    *steps, last = path.split(".")
    for step in steps:
        place = place[step]
    place[last] = value
    report = scan(documents, tmp_path)
    assert Failure(check, "Deployment", "odoo-web") in report.failures

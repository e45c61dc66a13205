"""The image `ops`: clean, complete for every pod that runs it, and writable by nobody."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from preview.graph import ResourceGraph
from preview.stacks import STACKS
from tests.conftest import EstateRenderer

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "ops" / "Dockerfile"
LINTER = Path(sys.executable).parent / "hadolint"
PROGRAMS = {"python3", "/bin/sh", "psql"}
"""What a pod may start: the first is in the image, the second everywhere, the third is what was installed."""


@dataclass(frozen=True)
class OpsPod:
    """One container that runs the image, with its pod and the files that are mounted into it."""

    name: str
    container: dict[str, Any]
    pod: dict[str, Any]
    files: dict[str, str]

    @property
    def user(self) -> tuple[Any, Any]:
        """User and group, the container's own first."""
        own, pod = self.container.get("securityContext", {}), self.pod.get("securityContext", {})
        return own.get("runAsUser", pod.get("runAsUser")), own.get("runAsGroup", pod.get("runAsGroup"))


def pods(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("containers"), list):
            yield value
        for member in value.values():
            yield from pods(member)
    elif isinstance(value, list):
        for member in value:
            yield from pods(member)


def ops_pods(graph: ResourceGraph) -> list[OpsPod]:
    maps = {
        resource.inputs["metadata"]["name"]: resource.inputs.get("data", {})
        for resource in graph.of_type("kubernetes:core/v1:ConfigMap")
    }
    found = []
    for resource in graph.resources:
        for pod in pods(resource.inputs):
            names = [
                volume["configMap"]["name"] for volume in pod.get("volumes", ()) if "configMap" in volume
            ]
            files = {file: text for name in names for file, text in maps[name].items()}
            found += [
                OpsPod(resource.name, container, pod, files)
                for container in [*pod.get("initContainers", ()), *pod["containers"]]
                if re.search(r"/ops[:@]", str(container["image"]))
            ]
    return found


def instructions() -> list[str]:
    """The Dockerfile's instructions, each on one line, without comments."""
    text = re.sub(r"(?m)^\s*#.*\n", "", DOCKERFILE.read_text())
    return re.sub(r"\\\n\s*", " ", text).splitlines()


def modules_of_the_image() -> set[str]:
    """What a script can import: the standard library, and what requirements-ops.txt installs."""
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "requirements-ops.txt").read_text().splitlines()
        if "==" in line
    }
    installed = {
        module
        for module, names in packages_distributions().items()
        if any(name.lower().replace("_", "-") in pinned for name in names)
    }
    return set(sys.stdlib_module_names) | installed


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).split(".")[0])
    return found


def test_the_linter_finds_nothing() -> None:
    result = subprocess.run([LINTER, DOCKERFILE], capture_output=True, text=True, check=False)  # noqa: S603
    assert (result.returncode, result.stdout) == (0, "")


def test_every_base_is_named_by_digest_by_whoever_builds() -> None:
    lines = instructions()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases == ["${PYTHON_IMAGE}"] * 2
    assert "ARG PYTHON_IMAGE" in lines, "a default would be a base that nobody scanned"
    (refusal,) = [line for line in lines if "@sha256:" in line]
    command = refusal.removeprefix("RUN ")
    for image, status in (
        ("python:3.11", 1),
        (f"python:3.11-slim-bookworm@sha256:{'0' * 64}", 0),
    ):
        tried = subprocess.run(  # noqa: S603
            ["/bin/bash", "-c", command], env={"PYTHON_IMAGE": image}, capture_output=True, check=False
        )
        assert tried.returncode == status


def test_requirements_are_installed_by_hash_and_nothing_else() -> None:
    (install,) = [
        line for line in instructions() if "requirements-ops.txt" in line and line.startswith("RUN")
    ]
    assert "--require-hashes" in install
    assert "--no-deps" in install
    assert install.endswith("-r /build/requirements-ops.txt")
    assert "COPY requirements-ops.txt /build/" in instructions()
    text = (ROOT / "requirements-ops.txt").read_text()
    pins = re.findall(r"(?m)^[a-z][\w.\[\]-]*==", text)
    assert len(pins) == len(re.findall(r"(?m)^[a-z].*\\\n    --hash=sha256:", text))


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in {"", "#"}]
    assert rules[0] == "*"
    copied = {line.split()[1].rstrip("/") for line in instructions() if re.match(r"COPY (?!--from)", line)}
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied


@pytest.mark.parametrize("stack", STACKS)
def test_every_pod_finds_what_it_runs(estate: EstateRenderer, stack: str) -> None:
    found = ops_pods(estate(stack))
    assert found, "no pod runs the image, so nothing is tested"
    available = modules_of_the_image()
    for each in found:
        assert each.container.get("command", ["python3"])[0] in PROGRAMS, each.name
        scripts = {file: text for file, text in each.files.items() if file.endswith(".py")}
        beside = {file.removesuffix(".py") for file in scripts}
        for file, text in scripts.items():
            assert sorted(imported(text) - available - beside) == [], f"{each.name}: {file}"


@pytest.mark.parametrize("stack", STACKS)
def test_users_are_numbers_and_nobody_writes_the_image(estate: EstateRenderer, stack: str) -> None:
    users = set()
    for each in ops_pods(estate(stack)):
        user, group = each.user
        assert isinstance(user, int), each.name
        assert user >= 10_000, each.name
        assert user == group, each.name
        assert each.container["securityContext"]["readOnlyRootFilesystem"] is True, each.name
        users.add(f"{user}:{group}")
    (user_line,) = [line for line in instructions() if line.startswith("USER ")]
    assert user_line.removeprefix("USER ") in users
    assert not [line for line in instructions() if "chown" in line]


def test_no_history_is_written_and_nobody_asks_for_health() -> None:
    text = "\n".join(instructions())
    for name in ("HISTFILE", "PSQL_HISTORY", "PYTHON_HISTORY"):
        assert f"{name}=/dev/null" in text
    assert "HEALTHCHECK NONE" in text
    assert "PYTHONDONTWRITEBYTECODE=1" in text


def test_the_command_line_needs_nothing_but_the_image() -> None:
    """The image has neither program nor policies nor tests: importing every group must not ask for them."""
    program = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in {'infra', 'preview', 'policies', 'tests', 'delivery', 'pulumi'}:\n"
        "            raise ImportError(f'{name} is not in the image')\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from ops.__main__ import main\n"
        "sys.exit(main(['--help']))\n"
    )
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    allowed = modules_of_the_image() | {"ops"}
    for path in sorted((ROOT / "ops").rglob("*.py")):
        if "evidence" not in path.parts:  # It runs from a checkout: docs/evidence.md.
            assert sorted(imported(path.read_text()) - allowed) == [], path.name

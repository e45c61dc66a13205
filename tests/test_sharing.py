"""What processes of one run share is made once, and the same for all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import sharing

ASK = (
    "import sys, time; from pathlib import Path; from tests import sharing\n"
    "def make():\n"
    "    with Path(sys.argv[1]).open('a') as made: made.write('made\\n')\n"
    "    time.sleep(0.5); return {'made': 1}\n"
    "assert sharing.once_a_run('thing', make) == {'made': 1}\n"
)


def test_two_processes_make_a_thing_once(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv(sharing.FOLDER_VARIABLE, str(folder))
    command = [sys.executable, "-c", ASK, str(tmp_path / "made")]
    started = [subprocess.Popen(command, cwd=repository) for _ in range(2)]  # noqa: S603  (our own text)
    try:
        assert [process.wait(timeout=60) for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
    assert (tmp_path / "made").read_text() == "made\n"


def test_alone_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sharing.FOLDER_VARIABLE, raising=False)
    assert [sharing.once_a_run("thing", lambda number=number: number) for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        (
            "tests/policies/mutations/test_data_broken.py::test_x[stores-prod]",
            "tests/policies/mutations/prod",
        ),
        ("tests/policies/mutations/test_judge.py::test_x[dr]", "tests/policies/mutations/dr"),
        ("tests/policies/mutations/test_editing.py::test_x", "tests/policies/mutations/test_editing.py"),
        ("tests/infra/network/test_acls.py::test_x[prod]", "tests/infra/network/test_acls.py"),
        ("tests/policies/tls/test_rules.py::TestTls::test_x[a]", "tests/policies/tls/test_rules.py::TestTls"),
    ],
)
def test_what_breaks_the_same_stack_stays_together(nodeid: str, scope: str) -> None:
    assert sharing.scope_of(nodeid) == scope

"""The command line: what a person sees, and the exit status that a pipeline sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from preview import stacks
from preview.__main__ import BLOCKED, MISTAKEN, main
from preview.stacks import STACKS

COLUMNS = 100


@pytest.fixture
def checkout(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stack files that a test may break, with the real program."""
    for file in repository.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    return tmp_path


def _edit(file: Path, area: str, key: str, value: object) -> None:
    document = yaml.safe_load(file.read_text())
    document["config"][f"fleet-erp:{area}"][key] = value
    file.write_text(yaml.safe_dump(document))


@pytest.mark.requirement("CARD-01", "OPS-01")
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_may_be_deployed_and_shows_its_cost(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["show", stack])
    page = capsys.readouterr().out
    assert f"{stack} may be deployed" in page
    assert "Cost: USD " in page
    assert max(len(line) for line in page.splitlines()) <= COLUMNS
    assert status == 0


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_mandatory_is_unjudged_in_a_first_preview(
    stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["show", stack, "--unknowns"])
    assert "as the first preview of a new stack sees it" in capsys.readouterr().out
    assert status == 0


def test_json_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dev", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True


def test_json_says_the_same_as_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "staging.json"
    assert main(["show", "staging", "--json", str(target)]) == 0
    page = capsys.readouterr().out
    document = json.loads(target.read_text())
    assert f"staging: {document['resources']} resources" in page
    assert f"USD {document['cost']['total']:,.2f} a month" in page
    assert document["passed"] is True
    assert (
        sum(count for types in document["layers"].values() for count in types.values())
        == document["resources"]
    )


def test_help_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("show", "render", "check", "exit status"))


def test_unknown_stack_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "stagging"]) == MISTAKEN
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "Pulumi.stagging.yaml: not found: there is no stack 'stagging'; "
        "existing stacks: dev, dr, prod, staging, testing"
    ]


def test_wrong_settings_are_lines_and_status_two(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(checkout / "Pulumi.staging.yaml", "database", "instance_class", "db.m5.xlrge")
    _edit(checkout / "Pulumi.staging.yaml", "cache", "nodes", "one")
    with pytest.raises(SystemExit) as end:
        main(["show", "staging"])
    assert end.value.code == MISTAKEN
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(
        'Pulumi.staging.yaml: fleet-erp:database.instance_class: "db.m5.xlrge" is not an RDS class'
    )
    assert lines[1] == (
        'Pulumi.staging.yaml: fleet-erp:cache.nodes: "one" is not a whole number; '
        "allowed: a number without quotes"
    )


def test_broken_yaml_is_one_line(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "Pulumi.staging.yaml").write_text("config:\n  a: [1\n  b: 2\n")
    assert main(["show", "staging"]) == MISTAKEN
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Pulumi.staging.yaml:")


def test_render_writes_the_resource_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "lists" / "dev.json"
    assert main(["render", "dev", "--json", str(target)]) == 0
    assert str(target) in capsys.readouterr().out
    document = json.loads(target.read_text())
    assert document["project"] == "fleet-erp"
    assert document["stack"] == "dev"
    assert {"urn", "type", "name", "parent", "custom", "inputs", "outputs", "protect", "dependencies"} <= set(
        document["resources"][0]
    )
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.requirement("POL-01", "RISK-01")
def test_a_list_broken_by_hand_is_refused_like_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "testing.json"
    main(["render", "testing", "--json", str(target)])
    document = json.loads(target.read_text())
    database = next(
        resource
        for resource in document["resources"]
        if resource["type"] == "aws:rds/instance:Instance" and "engine" in resource["inputs"]
    )
    database["inputs"]["storageEncrypted"] = False
    target.write_text(json.dumps(document))
    capsys.readouterr()
    assert main(["check", str(target), "--stack", "testing"]) == BLOCKED
    page = capsys.readouterr().out
    assert "enc-rds-storage" in page
    assert database["name"] in page
    assert "Set storage_encrypted=True" in page


def test_unreadable_list_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "nothing.json"
    assert main(["check", str(missing), "--stack", "prod"]) == MISTAKEN
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert main(["check", str(broken), "--stack", "prod"]) == MISTAKEN
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "nothing.json" in lines[0]
    assert "broken.json" in lines[1]

"""Stack files become the engine's configuration, or one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview.engine.stack_file import StackFileError, load_stack, stack_names

PROJECT = """
name: fleet-erp
runtime: python
config:
  aws:region: {value: ap-south-1}
  owner: {type: string, default: platform}
  size: 3
"""


def _root(folder: Path, stack_file: str = "config: {}\n", *, project: str = PROJECT) -> Path:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.prod.yaml").write_text(stack_file)
    return folder


def _config(folder: Path, text: str) -> dict[str, str]:
    return load_stack(_root(folder, text), "prod").config


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("'10'", "10"),
        ("10", "10"),
        ("-3", "-3"),
        ("1.5", "1.5"),
        ("2.0", "2"),
        ("true", "true"),
        ("yes", "yes"),
        ("22:30", "22:30"),
        ("2026-01-31", "2026-01-31"),
        ("111122223333", "111122223333"),
        ("[10.0.0.0/24, 10.0.1.0/24]", '["10.0.0.0/24","10.0.1.0/24"]'),
        ("{b: 1, a: {c: [true, null, x]}}", '{"a":{"c":[true,null,"x"]},"b":1}'),
        ("é", "é"),
    ],
)
def test_values_are_text_or_json_text(tmp_path: Path, value: str, text: str) -> None:
    assert _config(tmp_path, f"config:\n  fleet-erp:key: {value}\n")["fleet-erp:key"] == text


def test_keys_without_namespace_are_the_projects_and_defaults_are_merged(tmp_path: Path) -> None:
    stack = load_stack(_root(tmp_path, "config:\n  size: 8\n  fleet-erp:zones: [a]\n"), "prod")
    assert stack.project == "fleet-erp"
    assert stack.stack == "prod"
    assert stack.config == {
        "aws:region": "ap-south-1",
        "fleet-erp:owner": "platform",
        "fleet-erp:size": "8",
        "fleet-erp:zones": '["a"]',
    }
    assert stack.origin == {
        "aws:region": "Pulumi.yaml",
        "fleet-erp:owner": "Pulumi.yaml",
        "fleet-erp:size": "Pulumi.prod.yaml",
        "fleet-erp:zones": "Pulumi.prod.yaml",
    }


def test_encrypted_values_become_made_up_text_and_secret_keys(tmp_path: Path) -> None:
    text = "config:\n  token: {secure: v1:abc}\n  db:\n    password: {secure: v1:def}\n    user: erp\n"
    stack = load_stack(_root(tmp_path, text), "prod")
    assert stack.secret_keys == {"fleet-erp:token", "fleet-erp:db"}
    assert "v1:" not in str(stack.config)
    assert stack.config["fleet-erp:token"].startswith("offline-")
    assert '"user":"erp"' in stack.config["fleet-erp:db"]
    assert load_stack(tmp_path, "prod") == stack


def test_an_empty_stack_file_is_one(tmp_path: Path) -> None:
    assert _config(tmp_path, "")["fleet-erp:size"] == "3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "config:\n  a: 1\n  a: 2\n",
            "Pulumi.prod.yaml:3: not valid YAML: key 'a' is given twice, first on line 2",
        ),
        ("config:\n  a: [1,\n", "Pulumi.prod.yaml:3: not valid YAML: "),
        ("config:\n  a: 0123\n", "Pulumi.prod.yaml:2: not valid YAML: 0123 would be read as an octal number"),
        (
            "config:\n  a: 1\n  fleet-erp:a: 2\n",
            "Pulumi.prod.yaml: fleet-erp:a: is given twice, with and without",
        ),
        ("config: [a]\n", "Pulumi.prod.yaml: config: must be a mapping"),
        ("- a\n", "Pulumi.prod.yaml: must hold a mapping, not a list"),
        ("environment: [x]\n", "Pulumi.prod.yaml: environment: is resolved by a service"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StackFileError) as failure:
        _config(tmp_path, text)
    assert str(failure.value).startswith(message)
    assert "\n" not in str(failure.value)


def test_a_required_key_must_be_there(tmp_path: Path) -> None:
    root = _root(tmp_path, project="name: p\nruntime: python\nconfig:\n  owner: {type: string}\n")
    with pytest.raises(StackFileError, match=r"Pulumi\.prod\.yaml: p:owner: is missing"):
        load_stack(root, "prod")


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            "production",
            "Pulumi.production.yaml: not found: there is no stack 'production'; existing stacks: dev, prod",
        ),
        (
            "dev-ana",
            "Pulumi.dev-ana.yaml: not found: a developer's stack needs its own file, a copy",
        ),
        ("../prod", "'../prod' is no name of a stack; existing stacks: dev, prod"),
    ],
)
def test_an_unknown_stack_names_the_existing_ones(tmp_path: Path, stack: str, message: str) -> None:
    root = _root(tmp_path)
    (root / "Pulumi.dev.yaml").write_text("")
    with pytest.raises(StackFileError) as failure:
        load_stack(root, stack)
    assert str(failure.value).startswith(message)
    assert "dev, prod" in str(failure.value)
    assert stack_names(root) == ("dev", "prod")


def test_a_folder_without_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi\.yaml: not found"):
        load_stack(tmp_path, "prod")


def test_a_project_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"Pulumi\.yaml: name: must be"):
        load_stack(_root(tmp_path, project="runtime: python\n"), "prod")

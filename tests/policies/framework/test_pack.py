"""A pack that lost something does not load."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from policies.framework.pack import POLICIES, load_pack, load_packs


def copied(tmp_path: Path, name: str = "tls") -> Path:
    """Give a copy of one of our packs."""
    return Path(
        shutil.copytree(POLICIES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    )


def test_a_copy_loads_beside_ours(tmp_path: Path) -> None:
    there = load_pack(copied(tmp_path))
    here = load_pack(POLICIES / "tls")
    assert [rule.id for rule in there.rules] == [rule.id for rule in here.rules]
    assert there.directory == (tmp_path / "tls").resolve()
    assert not set(map(id, there.rules)) & set(map(id, here.rules))


@pytest.mark.requirement("RISK-01")
@pytest.mark.parametrize("subject", load_pack(POLICIES / "tls").subjects)
def test_a_deleted_file_of_rules_fails(tmp_path: Path, subject: str) -> None:
    directory = copied(tmp_path)
    (directory / f"{subject}.py").unlink()
    with pytest.raises(ModuleNotFoundError, match=subject):
        _ = load_pack(directory).rules


def test_an_emptied_token_list_fails(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    path = directory / "cache.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"subjects=\(.*?\),", "subjects=(),", text), encoding="utf-8")
    with pytest.raises(ValueError, match="rule tls-cache-transit: it names no type token"):
        _ = load_pack(directory).rules


def test_a_doubled_or_foreign_id_fails(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    path = directory / "cache.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("tls-cache-transit", "tls-rds-ca"), encoding="utf-8")
    with pytest.raises(ValueError, match="rule tls-rds-ca is declared twice"):
        _ = load_pack(directory).rules
    other = copied(tmp_path / "second")
    (other / "cache.py").write_text(text.replace("tls-cache-transit", "enc-cache-transit"), encoding="utf-8")
    with pytest.raises(ValueError, match="rule enc-cache-transit must begin with tls-"):
        _ = load_pack(other).rules


def test_a_rule_of_two_packs_fails(tmp_path: Path) -> None:
    copied(tmp_path)
    shutil.copytree(tmp_path / "tls", tmp_path / "again")
    with pytest.raises(ValueError, match="is declared in two packs"):
        load_packs(tmp_path)


def test_a_folder_without_pack_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "__init__.py").write_text('"""Nothing."""\n', encoding="utf-8")
    with pytest.raises(ImportError, match="declares no PACK"):
        load_pack(tmp_path / "empty")

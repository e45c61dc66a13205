"""A pack: the rules of one subject area, found in the files that it lists."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import yaml

from policies.framework.rules import Rule

REPOSITORY: Final = Path(__file__).resolve().parents[2]
POLICIES: Final = REPOSITORY / "policies"

PROJECT_FILE: Final = "PulumiPolicy.yaml"
"""What makes a folder a pack, for the engine and for us."""


@dataclass(frozen=True)
class Pack:
    """One pack: where it lies, which files hold its rules, how its rule ids begin.

    `subjects` are the file names without `.py`; adding a file of rules means adding one name.
    """

    module: str
    prefixes: tuple[str, ...]
    subjects: tuple[str, ...]

    @property
    def name(self) -> str:
        """The pack's name: that of its folder."""
        return self.module.rsplit(".", 1)[-1]

    @property
    def directory(self) -> Path:
        """The pack's folder."""
        file = sys.modules[self.module].__file__
        if file is None:  # pragma: no cover  (a namespace package: the folder lost its __init__.py)
            raise ImportError(f"pack {self.module} has no __init__.py")
        return Path(file).resolve().parent

    @cached_property
    def project(self) -> Mapping[str, Any]:
        """What PulumiPolicy.yaml says."""
        return yaml.safe_load((self.directory / PROJECT_FILE).read_text(encoding="utf-8"))

    @property
    def version(self) -> str:
        """The pack's version."""
        return str(self.project["version"])

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of the listed files, in order. Raises ValueError for a doubled or foreign id."""
        rules: dict[str, Rule] = {}
        for subject in self.subjects:
            module = importlib.import_module(f"{self.module}.{subject}")
            for rule in _declared(module):
                if rule.id in rules:
                    raise ValueError(f"pack {self.name}: rule {rule.id} is declared twice")
                if not rule.id.startswith(self.prefixes):
                    raise ValueError(
                        f"pack {self.name}: rule {rule.id} must begin with {' or '.join(self.prefixes)}"
                    )
                rules[rule.id] = rule
        return tuple(rules.values())


def _declared(module: ModuleType) -> Iterable[Rule]:
    return (
        value
        for value in vars(module).values()
        if isinstance(value, Rule) and value.module == module.__name__
    )


_LOADED: Final[dict[Path, Pack]] = {}


def load_pack(directory: Path) -> Pack:
    """Import the pack in a folder, once for each process. Raises ImportError when the folder is no pack.

    A pack outside this repository is imported under a name of its own, so that its files cannot be mixed up
    with ours.
    """
    directory = directory.resolve()
    if directory not in _LOADED:
        if directory.parent == POLICIES:
            module = importlib.import_module(f"policies.{directory.name}")
        else:
            module = _import_elsewhere(directory)
        pack = getattr(module, "PACK", None)
        if not isinstance(pack, Pack):
            raise ImportError(f"{directory}: its __init__.py declares no PACK")
        _LOADED[directory] = pack
    return _LOADED[directory]


def _import_elsewhere(directory: Path) -> ModuleType:
    name = "_".join(["packs", *directory.parts[1:-1]]) + "." + directory.name
    spec = importlib.util.spec_from_file_location(
        name, directory / "__init__.py", submodule_search_locations=[str(directory)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{directory} is no pack")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name.rpartition(".")[0], ModuleType(name.rpartition(".")[0]))
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def pack_directories(packs: Path = POLICIES) -> list[Path]:
    """Give the folders of all packs below `packs`, sorted by name."""
    return sorted(project.parent for project in packs.glob(f"*/{PROJECT_FILE}"))


def load_packs(packs: Path = POLICIES) -> tuple[Pack, ...]:
    """Import every pack below `packs`. Raises ValueError when two packs declare the same rule id."""
    loaded = tuple(load_pack(directory) for directory in pack_directories(packs))
    all_rules(loaded)
    return loaded


def all_rules(packs: Iterable[Pack]) -> dict[str, Rule]:
    """Give the rules of all packs by id. Raises ValueError when two packs declare the same id."""
    rules: dict[str, Rule] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.id in rules:
                raise ValueError(f"rule {rule.id} is declared in two packs")
            rules[rule.id] = rule
    return rules

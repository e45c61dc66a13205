"""Settings that passed every rule: those between settings, and those that ask whether the pods find room.

The settings know nothing of pods, and the rules about pods need the settings: here they meet, so that a stack
file with a mistake of either kind prints both at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .settings import DevelopmentSettings, EstateSettings, loading
from .settings.consistency import RULES as SETTINGS_RULES
from .settings.problem import Rule
from .workloads.capacity_rules import CAPACITY_RULES, FIT_RULES

RULES: Final[tuple[Rule, ...]] = (*SETTINGS_RULES, *CAPACITY_RULES)


def load() -> EstateSettings | DevelopmentSettings:
    """Read the configuration of the running stack. Raises SettingsError with all mistakes."""
    return loading.load(rules=RULES)


def parse(
    areas: Mapping[str, str], *, stack: str, fitting: bool = True
) -> EstateSettings | DevelopmentSettings:
    """Validate the areas of `stack`, each a JSON text as the engine hands it over.

    Without `fitting` the pods need not fit their nodes: the capacity page shows by how much they do not.
    Raises SettingsError with one line per mistake, in the order of the models and then of the rules.
    """
    rules = RULES if fitting else tuple(rule for rule in RULES if rule not in FIT_RULES)
    return loading.parse(areas, stack=stack, rules=rules)

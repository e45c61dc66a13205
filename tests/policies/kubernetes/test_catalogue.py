"""Every row of the catalogue about the cluster is a rule, or several where the row bundles demands."""

from __future__ import annotations

from typing import Any, Final

import pytest

from policies.framework.environments import ENVIRONMENTS
from policies.framework.pack import POLICIES, load_pack
from policies.framework.rules import Level
from tests.policies.framework.test_catalogue import CATALOGUE, ELSEWHERE, least_levels

RULES: Final = {rule.id: rule for rule in load_pack(POLICIES / "kubernetes").rules}
ROWS: Final = [entry for entry in CATALOGUE if ELSEWHERE.match(entry["rule"])]

BUNDLES: Final[dict[str, tuple[str, ...]]] = {
    "avl-k8s-replicas": ("avl-k8s-replicas", "avl-k8s-disruption", "avl-k8s-spread"),
    "avl-k8s-probes": ("avl-k8s-probes", "avl-k8s-odoo-probe", "avl-k8s-gps-probe"),
    "avl-k8s-resources": ("avl-k8s-resources-requests", "avl-k8s-resources-limit"),
    "avl-k8s-scaling": (
        "avl-k8s-scaling-bounds",
        "avl-k8s-scaling-targets",
        "avl-k8s-scaling-queue",
        "avl-k8s-scaling-requests",
    ),
    "iam-k8s-rbac": (
        "iam-k8s-rbac-wildcard",
        "iam-k8s-rbac-secrets",
        "iam-k8s-rbac-escalation",
        "iam-k8s-rbac-takeover",
    ),
    "iam-k8s-service-account": ("iam-k8s-service-account", "iam-k8s-token", "iam-k8s-rbac-binding"),
    "iam-k8s-pod-restricted": (
        "iam-k8s-pod-non-root",
        "iam-k8s-pod-numeric-user",
        "iam-k8s-pod-high-uid",
        "iam-k8s-pod-privilege-escalation",
        "iam-k8s-pod-privileged",
        "iam-k8s-pod-capabilities",
        "iam-k8s-pod-seccomp",
        "iam-k8s-pod-read-only-root",
        "iam-k8s-pod-host-namespaces",
        "iam-k8s-pod-volumes",
    ),
    "iam-k8s-namespace": ("iam-k8s-namespace-default", "iam-k8s-namespace-restricted"),
    "log-app-level": ("log-app-level", "log-app-sampling", "log-app-retention"),
    "dat-image-pinned": ("dat-image-pinned", "dat-image-registry"),
}
"""Rows that bundle demands → the rules that each hold one of them."""


def test_every_row_is_known() -> None:
    assert len(ROWS) == 14
    assert set(BUNDLES) <= {entry["rule"] for entry in ROWS}


@pytest.mark.parametrize("entry", ROWS, ids=lambda entry: entry["rule"])
def test_a_row_of_the_catalogue_is_held(entry: dict[str, Any]) -> None:
    rules = [RULES[rule_id] for rule_id in BUNDLES.get(entry["rule"], (entry["rule"],))]
    found = {control for rule in rules for control in (*rule.controls.security_hub, *rule.controls.checkov)}
    assert {*entry["security_hub"], *entry["checkov"]} <= found
    # The advice about Odoo's root stands in a rule of its own.
    least_of = least_levels(entry["level"].partition(" (")[0])
    for rule in rules:
        for environment in ENVIRONMENTS:
            least = least_of.get(environment, Level.DISABLED)
            if least is Level.MANDATORY:
                assert rule.levels[environment] is Level.MANDATORY, (rule.id, environment)
            elif least is Level.ADVISORY:
                assert rule.levels[environment] is not Level.DISABLED, (rule.id, environment)


def test_the_advice_about_odoo_is_one() -> None:
    levels = RULES["iam-k8s-odoo-read-only-root"].levels
    assert set(levels.values()) == {Level.ADVISORY}

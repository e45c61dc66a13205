"""Rules in the two forms that others read: a file for promtool, custom resources for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi_kubernetes import apiextensions, meta

from .model import RuleGroup

API: Final = "monitoring.coreos.com/v1"
LABELS: Final = {"app.kubernetes.io/name": "rules", "app.kubernetes.io/part-of": "fleet-erp"}


def as_prometheus(groups: Sequence[RuleGroup]) -> dict[str, Any]:
    """Give the content of a rule file."""
    return {"groups": [group.plain for group in groups]}


def create_prometheus_rules(
    groups: Sequence[RuleGroup], *, namespace_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare one PrometheusRule for each group, named like it.

    `opts` must depend on the release that brings the definition of the resource.
    """
    return [
        apiextensions.CustomResource(
            group.name,
            api_version=API,
            kind="PrometheusRule",
            metadata=meta.v1.ObjectMetaArgs(name=group.name, namespace=namespace_name, labels=LABELS),
            spec={"groups": [group.plain]},
            opts=opts,
        )
        for group in groups
    ]

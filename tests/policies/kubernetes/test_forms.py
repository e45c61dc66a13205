"""The same pod is judged the same, in whatever kind of object it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pulumi_kubernetes
import pytest

from policies.framework.pack import POLICIES, load_pack
from policies.k8s import tokens
from tests.policies.builders import Thing, edited, graph_of
from tests.policies.kubernetes import table_pods, table_probes
from tests.policies.kubernetes.estate import ESTATE
from tests.policies.kubernetes.platform import PLATFORM
from tests.policies.kubernetes.workloads import ODOO, TMS, account
from tests.policies.table import Row, alone, broken, judged, said

PACK: Final = load_pack(POLICIES / "kubernetes")
ABOUT_PODS: Final = [
    row
    for row in (*table_pods.ROWS, *table_probes.ROWS)
    if next(rule for rule in PACK.rules if rule.id == row.rule).subjects == tokens.WORKLOADS
    and any("odoo-web" in way.says for way in row.breaks)
]
JUDGED: Final[Mapping[str, tuple[str, ...]]] = {
    name: value
    for name, value in vars(tokens).items()
    if name.isupper() and name[0] != "_" and isinstance(value, tuple)
}
_TOKEN: Final = re.compile(r"['\"](kubernetes:[^'\"\s]+:[A-Z]\w*)['\"]")


def written_as(thing: Thing, token: str) -> Thing:
    """Give a Deployment's pod as another kind of object, in a list where the token is one."""
    kind = token.rsplit(":", 1)[-1].removesuffix("Patch").removesuffix("List")
    metadata, template = thing.inputs["metadata"], thing.inputs["spec"]["template"]
    match kind:
        case "Pod":
            inputs = {"metadata": {**metadata, **template["metadata"]}, "spec": template["spec"]}
        case "CronJob":
            inputs = {"metadata": metadata, "spec": {"jobTemplate": {"spec": {"template": template}}}}
        case "PodTemplate":
            inputs = {"metadata": metadata, "template": template}
        case _:
            inputs = {"metadata": metadata, "spec": {"template": template}}
    if token.endswith("List"):
        inputs = {"items": [inputs]}
    return replace(thing, token=token, inputs=inputs)


def found(row: Row, things: tuple[Thing, ...], token: str) -> set[str]:
    """Give who is found when Odoo's Deployment is written as `token`."""
    written = tuple(written_as(thing, token) if thing.name == "odoo-web" else thing for thing in things)
    return {name for name, status, _ in said(judged(alone(row.rule), graph_of(*written)), row.rule) if status}


@pytest.mark.parametrize("token", tokens.WORKLOADS)
def test_a_pod_is_found_in_every_kind_of_workload(token: str) -> None:
    """Whatever can be wrong in a Deployment's pod is found in this kind too; probes only where it runs on."""
    kind = token.rsplit(":", 1)[-1]
    for row in ABOUT_PODS:
        assert found(row, row.things, token) == set(), row.rule
        if row in table_probes.ROWS and re.match(r"Job|CronJob|PodTemplate", kind):
            continue
        ways = [
            way
            for way in row.breaks
            if "odoo-web" in way.says and not (kind.endswith("Patch") and _takes_away(way.edits))
        ]
        for way in ways:
            assert found(row, broken(row, way), token) == {"odoo-web"}, (row.rule, way)


def _takes_away(edits: Mapping[str, Any]) -> bool:
    """Whether the break leaves something out, or asks for nothing, which is no fault of a patch."""
    return not any(
        isinstance(value, bool | int | str) and value not in (None, "0") for value in edits.values()
    )


def test_a_patch_is_judged_by_what_it_says_only() -> None:
    """A patch that gives one image says nothing about users, probes or limits; what it says can be wrong."""
    patch = Thing(
        "kubernetes:apps/v1:DeploymentPatch",
        "coredns",
        {
            "metadata": {"name": "coredns", "namespace": "kube-system"},
            "spec": {"template": {"spec": {"containers": [{"name": "coredns"}]}}},
        },
    )
    assert judged(PACK, graph_of(patch)).findings == ()
    container = "coredns.spec.template.spec.containers.0"
    wrong = edited((patch,), {f"{container}.securityContext": {"privileged": True}})
    assert said(judged(PACK, graph_of(*wrong)), "iam-k8s-pod-privileged") == {
        ("coredns", "violation", "container coredns: privileged is true")
    }


def test_a_finding_in_a_list_names_the_item() -> None:
    item = {"metadata": ODOO.inputs["metadata"], "spec": ODOO.inputs["spec"]}
    pods = Thing("kubernetes:apps/v1:DeploymentList", "all", {"items": [item]})
    wrong = edited((pods,), {"all.items.0.spec.template.spec.hostPID": True})
    assert said(judged(PACK, graph_of(TMS, *wrong)), "iam-k8s-pod-host-namespaces") == {
        ("all", "violation", "Deployment odoo-web: hostPID is true")
    }


def test_every_form_of_a_judged_kind_is_a_token() -> None:
    """Every API version, patch and list of a judged kind that the installed SDK knows, as class or alias."""
    declared = {
        token
        for path in Path(str(pulumi_kubernetes.__file__)).parent.rglob("*.py")
        for token in _TOKEN.findall(path.read_text(encoding="utf-8"))
    }
    judged_tokens = {token for values in JUDGED.values() for token in values}
    kinds = {_kind(token) for token in judged_tokens if token.startswith("kubernetes:")}
    missing = {token for token in declared if _kind(token) in kinds} - judged_tokens
    assert missing == set()


def _kind(token: str) -> str:
    return token.rsplit(":", 1)[-1].removesuffix("Patch").removesuffix("List")


def test_no_token_is_misspelt() -> None:
    """A built-in token that no SDK class has would judge nothing; `v1` is what a CustomResource says."""
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(str(pulumi_kubernetes.__file__)).parent.rglob("*.py")
    )
    declared = set(_TOKEN.findall(text))
    groups = {token.split(":")[1] for token in declared}
    for values in JUDGED.values():
        for token in values:
            package, group, _ = token.split(":")
            if package == "kubernetes" and group in groups:
                assert token in declared, token


@pytest.mark.parametrize("known", [True, False], ids=["deployed", "first preview"])
def test_the_namespace_as_it_will_be_holds(known: bool) -> None:  # noqa: FBT001  (parametrized)
    """All rules together admit one realistic namespace: none asks for what another forbids."""
    judgement = judged(PACK, graph_of(*ESTATE, *PLATFORM, known=known))
    assert [(finding.rule, finding.resource_name, finding.message) for finding in judgement.findings] == []


def test_the_namespace_as_it_will_be_holds_no_secret() -> None:
    """What delivers secrets is not taken for one."""
    judgement = judged(load_pack(POLICIES / "identity"), graph_of(*ESTATE, *PLATFORM))
    for rule in ("iam-no-plaintext-secret", "iam-no-plaintext-secret-elsewhere"):
        assert said(judgement, rule) == frozenset()


def test_a_service_account_of_another_namespace_is_another() -> None:
    """Names are looked up in the namespace that refers to them."""
    binding = Thing(
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
        "elsewhere",
        {
            "metadata": {"name": "elsewhere", "namespace": "other"},
            "roleRef": {"kind": "Role", "name": "x"},
            "subjects": [{"kind": "ServiceAccount", "name": "odoo"}],
        },
    )
    things = edited(
        (TMS, ODOO, account("odoo"), binding),
        {"odoo-web.spec.template.spec.automountServiceAccountToken": True},
    )
    assert len(said(judged(PACK, graph_of(*things)), "iam-k8s-token")) == 1

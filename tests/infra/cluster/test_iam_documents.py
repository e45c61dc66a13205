"""Every IAM document that the cluster makes, judged against AWS's action data."""

from __future__ import annotations

import pytest

from tests.infra.identity.iam_lint import findings

from .conftest import Clusters
from .reading import ROLE, ROLE_POLICY, STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_every_document_names_what_it_allows(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    documents = {
        **{f"trust of {role.name}": role.inputs["assumeRolePolicy"] for role in graph.of_type(ROLE)},
        **{f"permissions of {policy.name}": policy.inputs["policy"] for policy in graph.of_type(ROLE_POLICY)},
    }
    assert set(documents) == {
        "trust of service-role",
        "trust of node-role",
        "trust of aws-node",
        "trust of ebs-csi-controller",
        "trust of efs-csi-controller",
        "trust of efs-csi-node",
        "permissions of ebs-csi-controller",
        "permissions of efs-csi-node",
    }
    assert {name: findings(text) for name, text in documents.items() if findings(text)} == {}

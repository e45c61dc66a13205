"""Who may read which restricted data: from the IAM documents and access entries of a rendered stack.

An upper bound: what a document grants, without what denials, boundaries and conditions take away again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from policies.aws.actions import allowed_among
from policies.aws.document_places import PERMISSIONS, PLACES, Use
from policies.aws.documents import Statement, parse
from preview.graph import UNKNOWN, Resource, ResourceGraph, plain

from .logs import name_of, restricted_stores
from .model import ClusterAccess, Reader, Store

ROLE: Final = "aws:iam/role:Role"

READING: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:s3/bucket:Bucket": ("s3:getobject", "s3:getobjectversion"),
    "aws:secretsmanager/secret:Secret": (
        "secretsmanager:getsecretvalue",
        "secretsmanager:batchgetsecretvalue",
    ),
    "aws:efs/fileSystem:FileSystem": ("elasticfilesystem:clientmount", "elasticfilesystem:clientrootaccess"),
    "aws:opensearch/domain:Domain": ("es:eshttpget", "es:eshttppost"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs:getlogevents", "logs:filterlogevents", "logs:startquery"),
    "aws:rds/instance:Instance": (
        "rds-db:connect",
        "rds:startexporttask",
        "rds:restoredbinstancefromdbsnapshot",
        "rds:restoredbinstancetopointintime",
        "rds:createdbsnapshot",
        "rds:copydbsnapshot",
        "rds:modifydbsnapshotattribute",
    ),
}
"""What of AWS reads a store, or takes a copy of it that can be read."""

WITHOUT_NAMES: Final = {"aws:rds/instance:Instance"}
"""Stores that are also read through other resources, such as snapshots: any resource is taken as theirs."""

SECRET_READERS: Final = {
    "AmazonEKSClusterAdminPolicy": True,
    "AmazonEKSAdminPolicy": True,
    "AmazonEKSEditPolicy": True,
    "AmazonEKSAdminViewPolicy": True,
    "AmazonEKSSecretReaderPolicy": True,
    "AmazonEKSViewPolicy": False,
}
"""AWS's access policies, and whether Secrets are among what they show (EKS user guide, "Review access policy
permissions"). One that is not here is taken to show them."""


def stores(graph: ResourceGraph) -> list[Store]:
    """Give each store of restricted data with who may read it; one that only passwords open has nobody."""
    grants = list(_grants(graph))
    trusts = {str(role.inputs.get("name") or role.id): _taken_by(role) for role in graph.of_type(ROLE)}
    return [
        Store(
            resource=name_of(store),
            readers=tuple(_merged([*_by_role(store, grants, trusts), *_by_resource(store, graph)])),
        )
        for store in restricted_stores(graph)
    ]


def _merged(readers: list[Reader]) -> Iterator[Reader]:
    """Give each reader once for each thing that grants, with all that it grants."""
    for who, by in sorted({(reader.who, reader.by) for reader in readers}):
        same = [reader for reader in readers if (reader.who, reader.by) == (who, by)]
        actions = {action for reader in same for action in reader.actions}
        yield same[0].model_copy(update={"actions": tuple(sorted(actions))})


def cluster_access(graph: ResourceGraph) -> list[ClusterAccess]:
    """Give who reaches the cluster's API, with which of AWS's access policies or groups, and where."""
    found = []
    for association in graph.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"):
        inputs = association.inputs
        policy = str(inputs.get("policyArn", "")).rpartition("/")[2]
        scope = inputs.get("accessScope") or {}
        spaces = ", ".join(sorted(map(str, scope.get("namespaces", ()))))
        found.append(
            ClusterAccess(
                principal=str(inputs.get("principalArn")),
                policy=policy,
                scope=f"namespaces {spaces}" if scope.get("type") == "namespace" else "the whole cluster",
                reads_secrets=SECRET_READERS.get(policy, True),
            )
        )
    for entry in graph.of_type("aws:eks/accessEntry:AccessEntry"):
        found += [
            ClusterAccess(
                principal=str(entry.inputs.get("principalArn")),
                policy=f"group {group}",
                scope="as bound in the cluster",
                reads_secrets=True,
            )
            for group in entry.inputs.get("kubernetesGroups") or ()
        ]
    found += _roles_in_the_cluster(graph)
    return sorted(found, key=lambda access: (access.principal, access.policy, access.scope))


def _roles_in_the_cluster(graph: ResourceGraph) -> Iterator[ClusterAccess]:
    """Roles of the cluster that show Secrets, bound to whom."""
    prefix = "kubernetes:rbac.authorization.k8s.io/v1:"
    showing = {
        (
            role.inputs["kind"],
            role.inputs["metadata"].get("namespace"),
            role.inputs["metadata"]["name"],
        ): names
        for kind in ("Role", "ClusterRole")
        for role in graph.of_type(prefix + kind)
        if (names := _secrets_shown(role)) is not None
    }
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in graph.of_type(prefix + kind):
            space = binding.inputs["metadata"].get("namespace")
            role = binding.inputs["roleRef"]
            key = (role["kind"], space if role["kind"] == "Role" else None, role["name"])
            if key not in showing:
                continue
            for subject in binding.inputs.get("subjects") or ():
                where = subject.get("namespace")
                yield ClusterAccess(
                    principal=f"{subject['kind']} {where + '/' if where else ''}{subject['name']}",
                    policy=f"{role['kind']} {role['name']}: {showing[key]}",
                    scope=f"namespaces {space}" if space else "the whole cluster",
                    reads_secrets=True,
                )


def _secrets_shown(role: Resource) -> str | None:
    for rule in role.inputs.get("rules") or ():
        resources, verbs = set(rule.get("resources") or ()), set(rule.get("verbs") or ())
        if resources & {"secrets", "*"} and verbs & {"get", "list", "watch", "*"}:
            names = rule.get("resourceNames")
            return f"Secrets {', '.join(sorted(names))}" if names else "every Secret"
    return None


Grant = tuple[str, str, Statement]
"""Name of the role, what grants it, the statement."""


def _grants(graph: ResourceGraph) -> Iterator[Grant]:
    """Give every permission statement of every role, inline or attached."""
    attached: dict[str, list[str]] = {}
    for attachment in graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        arn = str(attachment.inputs.get("policyArn"))
        attached.setdefault(arn, []).append(str(attachment.inputs.get("role")))
    for resource in graph.resources:
        for place in PERMISSIONS.get(resource.type, ()):
            if place.use is not Use.PERMISSIONS:
                continue
            if resource.type == "aws:iam/policy:Policy":
                roles = attached.get(str(resource.outputs.get("arn")), [])
            else:
                roles = [str(resource.inputs.get("role") or resource.inputs.get("name") or resource.id)]
            for text in _texts(resource, place.path):
                for statement in _allowing(text):
                    for role in roles:
                        yield role, name_of(resource), statement


def _texts(resource: Resource, path: str) -> Iterator[str]:
    before, many, after = path.partition("[].")
    blocks = resource.inputs.get(before) or () if many else (resource.inputs,)
    for block in blocks:
        value = plain(block.get(after or before))
        if isinstance(value, dict):
            yield json.dumps(value)
        elif isinstance(value, str) and value != UNKNOWN:
            yield value


def _allowing(text: str) -> Iterator[Statement]:
    try:
        _, statements = parse(text)
    except ValueError:
        return
    yield from (statement for statement in statements if statement.allows)


def _by_role(store: Resource, grants: list[Grant], trusts: Mapping[str, tuple[str, ...]]) -> Iterator[Reader]:
    for role, by, statement in grants:
        actions = allowed_among(statement, READING.get(store.type, ()))
        if actions and _is_about(statement, store):
            yield Reader(
                who=f"role {role}", by=by, taken_by=trusts.get(role, ()), actions=tuple(sorted(actions))
            )


def _is_about(statement: Statement, store: Resource) -> bool:
    if store.type in WITHOUT_NAMES or statement.not_resources:
        return True
    arn = str(store.outputs.get("arn"))
    return any(
        fnmatchcase(arn, pattern) or fnmatchcase(f"{arn}/anything", pattern) or pattern.startswith(f"{arn}/")
        for pattern in statement.resources
    )


def _by_resource(store: Resource, graph: ResourceGraph) -> Iterator[Reader]:
    """Give whom the store's own policy lets read, beside what their roles say."""
    for resource in graph.resources:
        if resource.urn != store.urn and store.urn not in resource.dependencies:
            continue
        for place in PLACES.get(resource.type, ()):
            if place.use is not Use.RESOURCE:
                continue
            for text in _texts(resource, place.path):
                for statement in _allowing(text):
                    actions = allowed_among(statement, READING.get(store.type, ()))
                    for principal in statement.principals if actions else ():
                        yield Reader(
                            who=f"{principal.type} {principal.name}",
                            by=name_of(resource),
                            taken_by=(),
                            actions=tuple(sorted(actions)),
                        )


def _taken_by(role: Resource) -> tuple[str, ...]:
    """Give who can become a role: service accounts by name, services, other principals."""
    found: set[str] = set()
    for text in _texts(role, "assumeRolePolicy"):
        for statement in _allowing(text):
            accounts = [
                value.removeprefix("system:serviceaccount:").replace(":", "/")
                for condition in statement.conditions
                if condition.key.endswith(":sub")
                for value in condition.values
            ]
            if accounts:
                found |= {f"service account {account}" for account in accounts}
            else:
                found |= {f"{principal.type} {principal.name}" for principal in statement.principals}
    return tuple(sorted(found))

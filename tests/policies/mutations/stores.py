"""Breakages of the other data stores: broker, cache, search domain and file store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    Edit,
    with_document,
    with_input,
    without,
    without_input,
)
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_BROKER: Final = ("aws:mq/broker:Broker",)
_CACHE: Final = ("aws:elasticache/replicationGroup:ReplicationGroup",)
_CACHE_USER: Final = ("aws:elasticache/user:User",)
_SEARCH: Final = ("aws:opensearch/domain:Domain",)
_FILES: Final = ("aws:efs/fileSystem:FileSystem",)
_FILE_BACKUP: Final = ("aws:efs/backupPolicy:BackupPolicy",)
_FILE_POLICY: Final = ("aws:efs/fileSystemPolicy:FileSystemPolicy",)
_MOUNTS: Final = ("aws:efs/mountTarget:MountTarget",)

_TEXT: Final = "Sommer-2026-in-Mumbai"
_STRANGER: Final = "arn:aws:iam::999988887777:root"


def _is_on(user: Resource) -> bool:
    return str(user.inputs["accessString"]).startswith("on ")


_BROKER_FLAWS: Final = (
    Flaw(_BROKER, "encryptionOptions", {"useAwsOwnedKey": False}, ("enc-mq-at-rest",)),
    Flaw(_BROKER, "publiclyAccessible", True, ("net-mq-not-public",)),
    Flaw(_BROKER, "autoMinorVersionUpgrade", False, ("avl-mq-minor-upgrade",)),
    Flaw(_BROKER, "autoMinorVersionUpgrade", MISSING, ("avl-mq-minor-upgrade",)),
    Flaw(_BROKER, "engineVersion", "3.13", ("avl-mq-version",)),
    Flaw(_BROKER, "engineVersion", "4.2.1", ("avl-mq-version",)),
    Flaw(
        _BROKER,
        "hostInstanceType",
        "mq.m5.xlarge",
        ("avl-mq-version", "cst-instance-allow-list-brokers", "cst-nonprod-cheap"),
    ),
    Flaw(_BROKER, "maintenanceWindowStartTime", MISSING, ("avl-mq-window",)),
    Flaw(_BROKER, "logs.general", False, ("log-mq-general",)),
    Flaw(_BROKER, "logs", MISSING, ("log-mq-general",)),
    Flaw(_BROKER, "logs.audit", True, ("log-mq-audit",)),
    Flaw(_BROKER, "securityGroups", MISSING, ("net-sg-data-from-nodes", "net-sg-attached")),
    Flaw(_BROKER, "securityGroups", [], ("net-sg-data-from-nodes", "net-sg-attached")),
    Flaw(_BROKER, "users.0.password", _TEXT, ("iam-no-plaintext-secret",)),
)

_CACHE_FLAWS: Final = (
    Flaw(_CACHE, "atRestEncryptionEnabled", False, ("enc-cache-at-rest",)),
    Flaw(_CACHE, "atRestEncryptionEnabled", MISSING, ("enc-cache-at-rest",)),
    Flaw(_CACHE, "kmsKeyId", MISSING, ("enc-cache-cmk",)),
    Flaw(_CACHE, "kmsKeyId", "alias/aws/elasticache", ("enc-cache-cmk",)),
    Flaw(_CACHE, "transitEncryptionEnabled", False, ("tls-cache-transit",)),
    Flaw(_CACHE, "transitEncryptionEnabled", MISSING, ("tls-cache-transit",)),
    Flaw(_CACHE, "transitEncryptionMode", "preferred", ("tls-cache-transit",)),
    Flaw(_CACHE, "transitEncryptionMode", MISSING, ("tls-cache-transit",)),
    Flaw(_CACHE, "subnetGroupName", MISSING, ("net-cache-subnet-group", "net-data-private-subnets")),
    Flaw(_CACHE, "subnetGroupName", "default", ("net-cache-subnet-group", "net-data-private-subnets")),
    Flaw(_CACHE, "securityGroupIds", MISSING, ("net-sg-data-from-nodes", "net-sg-attached")),
    Flaw(_CACHE, "securityGroupIds", [], ("net-sg-data-from-nodes", "net-sg-attached")),
    Flaw(_CACHE, "userGroupIds", MISSING, ("iam-cache-auth",)),
    Flaw(_CACHE, "userGroupIds", [], ("iam-cache-auth",)),
    Flaw(_CACHE, "authToken", _TEXT, ("iam-cache-auth", "iam-no-plaintext-secret")),
    Flaw(_CACHE, "snapshotRetentionLimit", 0, ("avl-cache-backup",)),
    Flaw(_CACHE, "snapshotRetentionLimit", MISSING, ("avl-cache-backup",)),
    Flaw(_CACHE, "autoMinorVersionUpgrade", False, ("avl-cache-minor-upgrade",)),
    Flaw(_CACHE, "engineVersion", "6.2", ("avl-cache-version",)),
    Flaw(_CACHE, "engineVersion", MISSING, ("avl-cache-version",)),
    Flaw(_CACHE, "maintenanceWindow", MISSING, ("avl-cache-windows",)),
    Flaw(
        _CACHE,
        "nodeType",
        "cache.r5.large",
        ("cst-instance-allow-list-caches", "cst-nonprod-cheap"),
    ),
    Flaw(_CACHE, "logDeliveryConfigurations.0.destination", "/somewhere/else", ("log-cache-destination",)),
    Flaw(_CACHE_USER, "noPasswordRequired", True, ("iam-cache-users",), _is_on),
    Flaw(_CACHE_USER, "passwordsWo", MISSING, ("iam-cache-users",), _is_on),
    Flaw(_CACHE_USER, "passwordsWo", [_TEXT], ("iam-cache-users", "iam-no-plaintext-secret")),
)

_SEARCH_FLAWS: Final = (
    Flaw(_SEARCH, "encryptAtRest.enabled", False, ("enc-opensearch-at-rest",)),
    Flaw(_SEARCH, "encryptAtRest", MISSING, ("enc-opensearch-at-rest",)),
    Flaw(_SEARCH, "encryptAtRest.kmsKeyId", MISSING, ("enc-opensearch-at-rest",)),
    Flaw(_SEARCH, "encryptAtRest.kmsKeyId", "alias/aws/es", ("enc-opensearch-at-rest",)),
    Flaw(_SEARCH, "nodeToNodeEncryption.enabled", False, ("tls-opensearch-nodes",)),
    Flaw(_SEARCH, "nodeToNodeEncryption", MISSING, ("tls-opensearch-nodes",)),
    Flaw(_SEARCH, "domainEndpointOptions.enforceHttps", False, ("tls-opensearch-https",)),
    Flaw(
        _SEARCH,
        "domainEndpointOptions.tlsSecurityPolicy",
        "Policy-Min-TLS-1-0-2019-07",
        ("tls-opensearch-https",),
    ),
    Flaw(_SEARCH, "domainEndpointOptions", MISSING, ("tls-opensearch-https",)),
    Flaw(_SEARCH, "engineVersion", "OpenSearch_1.3", ("avl-opensearch-version",)),
    Flaw(
        _SEARCH,
        "advancedSecurityOptions.internalUserDatabaseEnabled",
        True,
        ("iam-opensearch-no-passwords",),
    ),
    Flaw(_SEARCH, "advancedSecurityOptions.enabled", False, ("iam-opensearch-fgac",)),
    Flaw(_SEARCH, "advancedSecurityOptions", MISSING, ("iam-opensearch-fgac",)),
    Flaw(
        _SEARCH,
        "vpcOptions",
        MISSING,
        ("net-opensearch-vpc", "net-data-private-subnets", "net-sg-data-from-nodes", "net-sg-attached"),
    ),
    Flaw(
        _SEARCH,
        "vpcOptions.securityGroupIds",
        MISSING,
        ("net-opensearch-vpc", "net-sg-data-from-nodes", "net-sg-attached"),
    ),
    Flaw(
        _SEARCH,
        "clusterConfig.instanceType",
        "r5.large.search",
        ("cst-instance-allow-list-search", "cst-nonprod-cheap"),
    ),
    Flaw(_SEARCH, "ebsOptions.volumeType", "gp2", ("cst-storage-class",)),
    Flaw(_SEARCH, "ebsOptions.iops", 9000, ("cst-storage-speed",)),
)

_FILE_FLAWS: Final = (
    Flaw(_FILES, "encrypted", False, ("enc-efs",)),
    Flaw(_FILES, "encrypted", MISSING, ("enc-efs",)),
    Flaw(_FILES, "kmsKeyId", MISSING, ("enc-efs",)),
    Flaw(_FILES, "kmsKeyId", "alias/aws/elasticfilesystem", ("enc-efs",)),
    Flaw(_FILE_BACKUP, "backupPolicy.status", "DISABLED", ("dat-efs-backup",)),
    Flaw(_MOUNTS, "securityGroups", MISSING, ("net-sg-data-from-nodes",)),
    Flaw(_MOUNTS, "securityGroups", [], ("net-sg-data-from-nodes",)),
)

_STORES: Final = (*_BROKER, *_CACHE, *_SEARCH, *_FILES)
_KEY_PLACES: Final = ((_CACHE, "kmsKeyId"), (_SEARCH, "encryptAtRest.kmsKeyId"), (_FILES, "kmsKeyId"))
_NOON: Final = {"dayOfWeek": "WEDNESDAY", "timeOfDay": "07:30", "timeZone": "UTC"}
_NIGHT: Final = {"dayOfWeek": "WEDNESDAY", "timeOfDay": "20:30", "timeZone": "UTC"}


def stores(estate: Estate) -> Iterator[Mutation]:
    """Break broker, cache, search domain and file store."""
    yield from flawed(estate, (*_BROKER_FLAWS, *_CACHE_FLAWS, *_SEARCH_FLAWS, *_FILE_FLAWS))
    for tokens, path in _KEY_PLACES:
        for store in estate.of(*tokens):
            yield broken(store, path, estate.foreign_key, "enc-key-per-environment")
    for store in (*estate.of(*_STORES), *estate.of("aws:rds/instance:Instance")):
        yield broken(store, ("tags", "DataClassification"), MISSING, "tag-classification")
        yield broken(store, ("tags", "DataClassification"), "internal", "tag-classification-sensitive")
    yield from _brokers(estate)
    yield from _caches(estate)
    yield from _searches(estate)
    yield from _files(estate)


def _brokers(estate: Estate) -> Iterator[Mutation]:
    for broker in estate.of(*_BROKER):
        window = _NIGHT if estate.sleeps else _NOON
        yield broken(broker, "maintenanceWindowStartTime", window, "avl-mq-window")
        if estate.sleeps:
            yield broken(broker, "deploymentMode", "CLUSTER_MULTI_AZ", "cst-nonprod-single", mandatory=False)
            continue
        yield broken(broker, "deploymentMode", "SINGLE_INSTANCE", "avl-mq-cluster")
        yield broken(broker, "deploymentMode", MISSING, "avl-mq-cluster")
        yield broken(broker, "subnetIds", broker.inputs["subnetIds"][:1], "avl-mq-cluster")
        yield broken(
            broker,
            "hostInstanceType",
            "mq.m7g.medium",
            "avl-mq-cluster",
            "cst-instance-allow-list-brokers",
        )


def _caches(estate: Estate) -> Iterator[Mutation]:
    for cache in estate.of(*_CACHE):
        window = "wed:20:30-wed:21:30" if estate.sleeps else "wed:07:30-wed:08:30"
        yield broken(cache, "maintenanceWindow", window, "avl-cache-windows")
        for log, rule in (("slow-log", "log-cache"), ("engine-log", "log-cache-engine")):
            rest = [entry for entry in cache.inputs["logDeliveryConfigurations"] if entry["logType"] != log]
            yield mutation(
                f"{label(cache)} without {log}",
                with_input(cache.urn, "logDeliveryConfigurations", rest),
                caught_by=(rule,),
            )
        if cache.inputs["numCacheClusters"] > 1:
            yield broken(cache, "automaticFailoverEnabled", False, "avl-cache-failover")
            yield broken(cache, "multiAzEnabled", False, "avl-cache-failover")
            yield broken(cache, "numCacheClusters", 1, "avl-cache-failover")
        else:
            yield broken(
                cache, "numCacheClusters", 3, "avl-cache-failover", "cst-nonprod-single", mandatory=False
            )


_SEARCH_LOGS: Final = {
    "ES_APPLICATION_LOGS": "log-opensearch",
    "AUDIT_LOGS": "log-opensearch-audit",
    "SEARCH_SLOW_LOGS": "log-opensearch-slow-searches",
    "INDEX_SLOW_LOGS": "log-opensearch-slow-indexing",
}


def _searches(estate: Estate) -> Iterator[Mutation]:
    for domain in estate.of(*_SEARCH):
        options = domain.inputs["logPublishingOptions"]
        for log, rule in _SEARCH_LOGS.items():
            rest = [entry for entry in options if entry["logType"] != log]
            off = [{**entry, "enabled": entry["logType"] != log} for entry in options]
            for what, value in ((f"without {log}", rest), (f"{log} off", off)):
                yield mutation(
                    f"{label(domain)}: {what}",
                    with_input(domain.urn, "logPublishingOptions", value),
                    caught_by=(rule,),
                )
        if domain.inputs["clusterConfig"]["instanceCount"] > 1:
            yield broken(domain, "clusterConfig.zoneAwarenessEnabled", False, "avl-opensearch-nodes")
            yield broken(domain, "clusterConfig.instanceCount", 1, "avl-opensearch-nodes")
            yield broken(domain, "clusterConfig.instanceCount", 3, "avl-opensearch-nodes")
            yield broken(
                domain,
                "clusterConfig.dedicatedMasterEnabled",
                False,
                "avl-opensearch-masters",
                mandatory=False,
            )
        else:
            yield broken(domain, "clusterConfig.instanceCount", 2, "avl-opensearch-nodes", mandatory=False)
        without_control = without_input(domain.urn, "advancedSecurityOptions")
        yield mutation(
            f"{label(domain)}: everyone is let in and access control is off",
            without_control,
            with_document(domain.urn, "accessPolicies", _for_everyone),
            caught_by=("iam-opensearch-fgac", "iam-search-policy"),
        )
        yield mutation(
            f"{label(domain)}: another account is let in",
            with_document(
                domain.urn,
                "accessPolicies",
                lambda document: document["Statement"][0].update(Principal={"AWS": _STRANGER}),
            ),
            caught_by=("iam-search-policy",),
        )
        yield mutation(
            f"{label(domain)}: the master's password in clear",
            with_input(
                domain.urn,
                "advancedSecurityOptions.masterUserOptions",
                {"masterUserName": "master", "masterUserPassword": _TEXT},
            ),
            caught_by=(
                "iam-opensearch-no-passwords",
                "iam-no-plaintext-secret",
            ),
        )


def _for_everyone(document: dict[str, Any]) -> None:
    document["Statement"][0]["Principal"] = "*"


def _files(estate: Estate) -> Iterator[Mutation]:
    for backup in estate.of(*_FILE_BACKUP):
        if backup.inputs["backupPolicy"]["status"] == "DISABLED":
            # A plan of AWS Backup takes the files: backups.py.
            continue
        yield mutation(f"without {label(backup)}", without(backup.urn), caught_by=("dat-efs-backup",))
    for policy in estate.of(*_FILE_POLICY):
        yield mutation(f"without {label(policy)}", without(policy.urn), caught_by=("tls-efs-transport",))
        yield mutation(
            f"{label(policy)}: mounting without TLS is denied to nobody",
            with_document(policy.urn, "policy", _without_denials),
            caught_by=("tls-efs-transport",),
        )
        yield mutation(
            f"{label(policy)}: only reading without TLS is denied",
            with_document(policy.urn, "policy", _denying("elasticfilesystem:ClientMount")),
            caught_by=("tls-efs-transport",),
        )
        for what, edit in _FILE_DOCUMENTS.items():
            yield mutation(
                f"{label(policy)}: {what}",
                with_document(policy.urn, "policy", edit),
                caught_by=("iam-storage-policy",),
            )


def _without_denials(document: dict[str, Any]) -> None:
    document["Statement"] = [entry for entry in document["Statement"] if entry["Effect"] != "Deny"]


def _denying(action: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        for statement in document["Statement"]:
            if statement["Effect"] == "Deny":
                statement["Action"] = action

    return edit


def _allowing(principal: Any) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                statement["Principal"] = principal

    return edit


_FILE_DOCUMENTS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "everyone may mount": _allowing("*"),
    "every AWS principal may mount": _allowing({"AWS": "*"}),
    "another account may mount": _allowing({"AWS": _STRANGER}),
}

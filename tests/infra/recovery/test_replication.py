"""What the home copies to the region of its standby, by which right, and how soon (DATA-08, ENV-05)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preview.graph import Resource, ResourceGraph
from tests.infra.identity.iam_lint import findings as lint
from tests.infra.settings.stack_files import estate_settings

from .states import AT_HOME, FOLLOWING_WITH_FILES, graph_of, named

BUCKET = "aws:s3/bucket:Bucket"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
FILES = "aws:efs/replicationConfiguration:ReplicationConfiguration"
IMAGES = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
SECRET = "aws:secretsmanager/secret:Secret"
KEY = "aws:kms/key:Key"
COPIED = ("attachments", "gps-archive", "records")
THERE = "ap-southeast-1"


def one(graph: ResourceGraph, token: str, name: str) -> Resource:
    (found,) = [each for each in graph.of_type(token) if each.name == name]
    return found


def region_of(graph: ResourceGraph, resource: Resource) -> str:
    """The region of a resource's provider."""
    assert resource.provider is not None
    return graph.by_urn[resource.provider.rsplit("::", 1)[0]].inputs["region"]


@pytest.mark.requirement("DATA-08")
@pytest.mark.parametrize("bucket", COPIED)
@pytest.mark.parametrize("unknowns", [False, True])
def test_buckets_are_copied_within_fifteen_minutes(bucket: str, *, unknowns: bool) -> None:
    graph = graph_of(AT_HOME, unknowns=unknowns)
    replication = one(graph, REPLICATION, bucket)
    source, copy = one(graph, BUCKET, bucket), one(graph, BUCKET, f"{bucket}-replica")
    key = one(graph, KEY, "data-replicas")
    assert replication.property_dependencies["bucket"] == (source.urn,)
    assert set(replication.property_dependencies["rules"]) == {copy.urn, key.urn}
    (rule,) = replication.inputs["rules"]
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    destination = rule["destination"]
    assert destination["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert destination["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}
    # S3 refuses a rule between buckets of which one has no versions yet.
    versions = {
        each.urn
        for each in graph.of_type("aws:s3/bucketVersioning:BucketVersioning")
        if each.name in {bucket, f"{bucket}-replica"}
    }
    assert len(versions) == 2
    assert versions <= set(replication.dependencies)


SETTINGS_OF_A_BUCKET = (
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketVersioning:BucketVersioning",
)


@pytest.mark.parametrize("bucket", COPIED)
def test_a_copy_is_kept_and_closed_as_its_source(bucket: str) -> None:
    graph = graph_of(AT_HOME)
    source, copy = one(graph, BUCKET, bucket), one(graph, BUCKET, f"{bucket}-replica")
    assert copy.inputs["bucket"] == f"fleet-erp-prod-{bucket}-111122223333-{THERE}"
    assert region_of(graph, copy) == THERE
    assert copy.protect
    assert copy.retain_on_delete
    assert copy.inputs["objectLockEnabled"] == source.inputs["objectLockEnabled"]
    assert copy.inputs["tags"]["DataClassification"] == source.inputs["tags"]["DataClassification"]
    for token in SETTINGS_OF_A_BUCKET:
        of_both = [
            {key: value for key, value in each.inputs.items() if key != "bucket"}
            for name in (bucket, f"{bucket}-replica")
            for each in graph.of_type(f"aws:s3/{token}")
            if each.name == name
        ]
        assert len(of_both) in (0, 2)
        assert of_both[:1] == of_both[1:]


def statements(graph: ResourceGraph, role: str) -> list[dict[str, Any]]:
    policy = named(graph, "aws:iam/rolePolicy:RolePolicy", role)["policy"]
    assert isinstance(policy, str)
    return json.loads(policy)["Statement"]


def test_replication_writes_copies_and_nothing_else() -> None:
    found = {each["Sid"]: each for each in statements(graph_of(AT_HOME), "bucket-replication")}
    written = {
        action for each in found.values() for action in listed(each["Action"]) if "Replicate" in action
    }
    assert written == {"s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"}
    assert all(arn.endswith(f"-{THERE}/*") for arn in listed(found["WriteCopies"]["Resource"]))
    assert not any(THERE in arn for arn in listed(found["ReadVersions"]["Resource"]))
    assert found["ReadByKey"]["Condition"]["StringEquals"] == {
        "kms:ViaService": "s3.ap-south-1.amazonaws.com"
    }
    assert found["WriteByKey"]["Condition"]["StringEquals"] == {"kms:ViaService": f"s3.{THERE}.amazonaws.com"}
    trust = json.loads(
        str(named(graph_of(AT_HOME), "aws:iam/role:Role", "bucket-replication")["assumeRolePolicy"])
    )
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.requirement("DATA-08")
def test_files_are_copied_into_the_standbys_file_system() -> None:
    graph = graph_of(AT_HOME)
    replication = one(graph, FILES, "files")
    assert replication.property_dependencies["sourceFileSystemId"] == (
        one(graph, "aws:efs/fileSystem:FileSystem", "filestore").urn,
    )
    assert replication.inputs["destination"] == {
        "fileSystemId": estate_settings("prod").recovery.peer_filestore_id,
        "region": THERE,
    }
    assert region_of(graph, replication) == "ap-south-1"


def test_files_come_home_by_the_homes_own_declaration() -> None:
    """From there to here, declared in the region of the source: the standby's stack declares nothing."""
    graph = graph_of(FOLLOWING_WITH_FILES)
    (replication,) = graph.of_type(FILES)
    assert replication.name == "files-homeward"
    assert replication.inputs["sourceFileSystemId"] == estate_settings("prod").recovery.peer_filestore_id
    assert replication.inputs["destination"]["region"] == "ap-south-1"
    assert region_of(graph, replication) == THERE
    assert {region_of(graph, each) for each in graph.of_type(IMAGES)} == {"ap-south-1", THERE}


def test_images_are_copied_with_key_immutability_and_end() -> None:
    graph = graph_of(AT_HOME)
    replication = one(graph, IMAGES, "image-replication")
    (rule,) = replication.inputs["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": THERE, "registryId": "111122223333"}]
    assert rule["repositoryFilters"] == [{"filter": "fleet-erp/", "filterType": "PREFIX_MATCH"}]
    template = one(graph, TEMPLATE, "image-replicas")
    assert template.urn in replication.dependencies, "copies made before it would have other settings"
    assert region_of(graph, template) == THERE
    assert template.inputs["imageTagMutability"] == "IMMUTABLE"
    assert template.inputs["appliedFors"] == ["REPLICATION"]
    (encryption,) = template.inputs["encryptionConfigurations"]
    assert encryption["encryptionType"] == "KMS"
    assert template.property_dependencies["encryptionConfigurations"] == (
        one(graph, KEY, "data-replicas").urn,
    )
    lifecycle = one(graph, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "odoo").inputs["policy"]
    assert template.inputs["lifecyclePolicy"] == lifecycle


def test_every_image_of_the_standby_is_one_that_is_copied() -> None:
    settings = estate_settings("dr")
    used = {
        getattr(settings.workloads.images, name).repository
        for name in type(settings.workloads.images).model_fields
    }
    assert settings.observability is not None
    used.add(settings.observability.grafana.image.repository)
    assert used <= set(estate_settings("prod").registry.repositories)


@pytest.mark.parametrize("key", ["gps-api-key", "gsp-api-key"])
def test_partner_keys_are_copied_under_their_own_name_and_a_key_of_the_region(key: str) -> None:
    graph = graph_of(AT_HOME)
    secret = one(graph, SECRET, key)
    (replica,) = secret.inputs["replicas"]
    assert replica["region"] == THERE
    encryption = one(graph, KEY, "secret-replicas")
    assert secret.property_dependencies["replicas"] == (encryption.urn,)
    assert region_of(graph, encryption) == THERE


@pytest.mark.parametrize("purpose", ["data-replicas", "secret-replicas"])
def test_the_standby_reads_copies_by_the_alias_that_the_home_gives_their_key(purpose: str) -> None:
    graph = graph_of(AT_HOME)
    alias = one(graph, "aws:kms/alias:Alias", purpose)
    assert alias.inputs["name"] == f"alias/fleet-erp-prod-{purpose}"
    assert region_of(graph, alias) == THERE


@pytest.mark.parametrize("role", ["bucket-replication", "image-replicas"])
def test_documents_are_ones_that_iam_takes(role: str) -> None:
    policy = named(graph_of(AT_HOME), "aws:iam/rolePolicy:RolePolicy", role)["policy"]
    assert lint(str(policy)) == []

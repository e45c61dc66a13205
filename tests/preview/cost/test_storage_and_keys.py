"""Buckets, file systems, images, keys, secrets, logs, alarms, metered services. Mumbai, November 2026."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from preview.graph import UNKNOWN, Resource
from tests.preview.cost.build import (
    MUMBAI,
    PRICES,
    SINGAPORE,
    amounts,
    price,
    provider,
    reasons,
    resource,
    the_line,
    the_unpriced,
    urn_of,
)

BUCKET = "aws:s3/bucket:Bucket"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
FILES = "aws:efs/replicationConfiguration:ReplicationConfiguration"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_buckets_are_matched_by_logical_or_physical_name() -> None:
    found = price(
        resource(BUCKET, name="objects-attachments"),
        resource(BUCKET, {"bucket": "fleet-erp-prod-gps-archive-111122223333"}, name="archive"),
    )
    stored = {line.name: line.usd_per_month for line in found.lines if "storage" in line.what}
    # 300 x 0.025 and 60 x 0.0045
    assert stored == {"objects-attachments": Decimal("7.500"), "archive": Decimal("0.2700")}
    # 1.5 million writes over two buckets: 750 x 0.005; 5 million reads: 2500 x 0.0004
    assert [line.usd_per_month for line in found.lines if line.what == "write requests"] == [
        Decimal("3.750")
    ] * 2
    assert [line.usd_per_month for line in found.lines if line.what == "read requests"] == [
        Decimal("1.0000")
    ] * 2
    assert all(line.assumed for line in found.lines)


def test_a_bucket_without_an_assumption_and_a_class_without_a_price() -> None:
    found = price(resource(BUCKET, name="other"))
    assert "assumes nothing for this bucket" in reasons(found)["stored objects"]
    abroad = price(resource(BUCKET, name="gps"), of=provider(region=SINGAPORE))
    assert reasons(abroad)["Glacier Flexible Retrieval storage"].startswith(
        "no price for S3 Glacier Flexible"
    )


def test_copies_to_another_region_are_charged_where_they_come_from() -> None:
    other = provider(region=SINGAPORE)
    target = resource(BUCKET, {"bucket": "the-copy", "region": SINGAPORE}, name="gps-copy")
    rules = [{"destination": {"bucket": "arn:aws:s3:::the-copy"}, "status": "Enabled"}]
    found = price(target, resource(REPLICATION, {"rules": rules}, name="copies"))
    # 30 GB x 0.086
    line = the_line(found, "copies to another region")
    assert (line.usd_per_month, line.region, line.assumed) == (Decimal("2.580"), MUMBAI, True)
    unknown = price(resource(REPLICATION, {"rules": rules}, name="copies"))
    assert reasons(unknown) == {"copies to another region": "the region of the destination bucket is unknown"}
    same = price(target, resource(REPLICATION, {"rules": rules}, name="copies"), of=other)
    assert "copies to another region" not in amounts(same)


def test_the_region_of_copies_is_known_before_the_bucket_is_made() -> None:
    """By the bucket that the rule comes from; and time control costs, though nobody here knows what."""
    target = resource(BUCKET, {"region": SINGAPORE}, name="gps-copy")
    rules = [{"destination": {"bucket": UNKNOWN, "replicationTime": {"status": "Enabled"}}}]
    replication = resource(
        REPLICATION, {"rules": rules}, name="copies", property_dependencies={"rules": (target.urn,)}
    )
    found = price(target, replication)
    assert the_line(found, "copies to another region").usd_per_month == Decimal("2.580")
    assert reasons(found)["time control"] == "usage-based: no price for S3 Replication Time Control"


@pytest.mark.parametrize(("region", "expected"), [(SINGAPORE, "1.720"), (MUMBAI, None)])
def test_copies_of_files_are_charged_where_they_come_from(region: str, expected: str | None) -> None:
    found = price(resource(FILES, {"destination": {"fileSystemId": "fs-1", "region": region}}, name="files"))
    # 20 GB x 0.086
    assert amounts(found).get("copies to another region") == (None if expected is None else Decimal(expected))


def test_a_file_system() -> None:
    found = price(
        resource(
            "aws:efs/fileSystem:FileSystem",
            {"lifecyclePolicies": [{"transitionToIa": "AFTER_30_DAYS"}], "throughputMode": "elastic"},
        ),
        resource("aws:efs/backupPolicy:BackupPolicy", {"backupPolicy": {"status": "ENABLED"}}, name="backup"),
    )
    assert amounts(found) == {
        "Standard storage": Decimal("19.80"),  # 60 x 0.33
        "Infrequent Access storage": Decimal("3.2640"),  # 120 x 0.0272
        "backup storage": Decimal("11.000"),  # 200 x 0.055
    }
    assert set(reasons(found)) == {"throughput", "Infrequent Access reads and writes"}


def test_backups_of_a_file_system_that_are_off_are_free() -> None:
    token = "aws:efs/backupPolicy:BackupPolicy"
    found = price(resource(token, {"backupPolicy": {"status": "DISABLED"}}))
    assert (found.lines, found.unpriced, found.free[token]) == ((), (), 1)


def test_images_share_the_assumed_size() -> None:
    repositories = [resource("aws:ecr/repository:Repository", name=name) for name in ("odoo", "gps", "ops")]
    assert [line.usd_per_month for line in price(*repositories).lines] == [Decimal("1.00")] * 3


def test_keys_and_their_requests() -> None:
    found = price(
        resource("aws:kms/key:Key", {"enableKeyRotation": True}, name="a"),
        resource("aws:kms/replicaKey:ReplicaKey", name="b"),
    )
    assert [line.usd_per_month for line in found.lines if line.what == "customer key"] == [
        Decimal("1.00")
    ] * 2
    # 2 million over two keys: 100 x 0.03
    assert [line.usd_per_month for line in found.lines if line.what == "requests"] == [Decimal("3.00")] * 2
    signing = price(resource("aws:kms/key:Key", {"keyUsage": "SIGN_VERIFY"}))
    assert "asymmetric" in reasons(signing)["requests"]


def test_secrets_with_replicas_and_calls() -> None:
    found = price(
        resource(
            "aws:secretsmanager/secret:Secret", {"replicas": [{"region": SINGAPORE, "kmsKeyId": UNKNOWN}]}
        )
    )
    assert amounts(found) == {
        "secret": Decimal("0.40"),
        "replica in ap-southeast-1": Decimal("0.40"),
        "API calls": Decimal("1.50"),  # 300,000: 30 x 0.05
    }
    assert the_line(found, "replica in ap-southeast-1").region == SINGAPORE


def test_log_groups() -> None:
    flow = price(resource(LOG_GROUP, {"name": "/fleet-erp/prod/flow-logs", "retentionInDays": 90}))
    # 60 GB x 0.67; Mumbai has no price for storage
    assert amounts(flow) == {"log ingestion": Decimal("40.20")}
    assert reasons(flow) == {"log storage": "no price for CloudWatch logs storage in ap-south-1"}
    abroad = price(
        resource(LOG_GROUP, {"name": "/aws/eks/x/cluster", "retentionInDays": 90}),
        of=provider(region=SINGAPORE),
    )
    # 10 GB x 0.70; 10 GB x 0.15 x 3 months x 0.03
    assert amounts(abroad) == {"log ingestion": Decimal("7.00"), "log storage": Decimal("0.1350")}


def test_log_groups_without_figures() -> None:
    nobody = price(resource(LOG_GROUP, {"name": "other", "retentionInDays": 90}))
    assert set(reasons(nobody)) == {"log ingestion", "log storage"}
    rare = resource(LOG_GROUP, {"name": "/aws/x", "logGroupClass": "INFREQUENT_ACCESS", "retentionInDays": 0})
    assert "Infrequent Access log class" in reasons(price(rare))["log ingestion"]
    assert "for ever" in reasons(price(rare))["log storage"]


def test_a_metric_filter_costs_its_metric() -> None:
    token = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    found = price(resource(token, {"metricTransformation": {"name": "Rejected", "value": "1"}}))
    assert amounts(found) == {"custom metric": Decimal("0.30")}
    many = price(
        resource(token, {"metricTransformation": {"name": "Rejected", "dimensions": {"port": "$port"}}})
    )
    assert many.lines == ()


def test_alarms() -> None:
    one = resource(ALARM, {"metricName": "CPUUtilization", "period": 300}, name="one")
    math = resource(
        ALARM,
        {
            "metricQueries": [
                {"id": "ratio", "expression": "errors / all", "returnData": True},
                {"id": "errors", "metric": {"metricName": "Errors", "period": 60}},
                {"id": "all", "metric": {"metricName": "All", "period": 60}},
            ]
        },
        name="math",
    )
    both = resource("aws:cloudwatch/compositeAlarm:CompositeAlarm", name="both")
    assert amounts(price(one, math, both)) == {
        "alarm": Decimal("0.10"),
        "alarm on 2 metrics": Decimal("0.20"),
        "composite alarm": Decimal("0.50"),
    }


@pytest.mark.parametrize(
    "inputs",
    [
        {"period": 10},
        {"period": UNKNOWN},
        {"thresholdMetricId": "band"},
        {"metricQueries": [{"id": "a", "metric": {"metricName": "M", "period": 30}}]},
        {"metricQueries": [{"id": "q", "expression": "SELECT MAX(X) FROM Y", "period": 60}]},
    ],
)
def test_special_alarms_are_unpriced(inputs: dict[str, Any]) -> None:
    found = price(resource(ALARM, inputs))
    assert (found.lines, set(reasons(found))) == ((), {"alarm"})


def test_metered_services_are_priced_where_the_table_has_a_figure() -> None:
    recorder = price(resource("aws:cfg/recorder:Recorder"))
    # 4,000 x 0.003, a price that holds everywhere
    assert amounts(recorder) == {"configuration items": Decimal("12.000")}
    detector = resource("aws:guardduty/detector:Detector", {"enable": True})
    assert price(detector).lines == ()
    assert set(reasons(price(detector))) == {"management events", "flow and DNS logs"}
    # 3 x 4.60 and 70 x 1.15 in Singapore
    assert amounts(price(detector, of=provider(region=SINGAPORE))) == {
        "management events": Decimal("13.80"),
        "flow and DNS logs": Decimal("80.50"),
    }


@pytest.mark.parametrize(
    ("token", "free", "paid"),
    [
        ("aws:acm/certificate:Certificate", {}, {"certificateAuthorityArn": "arn:aws:acm-pca:x"}),
        ("aws:accessanalyzer/analyzer:Analyzer", {"type": "ACCOUNT"}, {"type": "ACCOUNT_UNUSED_ACCESS"}),
        ("aws:ssm/parameter:Parameter", {}, {"tier": "Advanced"}),
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}, {"spec": {"type": "LoadBalancer"}}),
    ],
)
def test_some_types_are_free_only_in_one_form(token: str, free: dict[str, Any], paid: dict[str, Any]) -> None:
    nothing, something = price(resource(token, free)), price(resource(token, paid))
    assert (nothing.lines, nothing.unpriced, nothing.free.get(token)) == ((), (), 1)
    assert (something.lines, len(something.unpriced), something.free.get(token)) == ((), 1, None)


def _storage_class(kind: str, driver: str = "ebs.csi.aws.com") -> Resource:
    return resource(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        {"metadata": {"name": "fast"}, "provisioner": driver, "parameters": {"type": kind}},
        name="fast",
    )


def test_volumes_that_pods_claim() -> None:
    spec = {"storageClassName": "fast", "resources": {"requests": {"storage": "50Gi"}}}
    claim = resource("kubernetes:core/v1:PersistentVolumeClaim", {"spec": spec}, name="claim")
    stateful = resource(
        "kubernetes:apps/v1:StatefulSet",
        {"spec": {"replicas": 2, "volumeClaimTemplates": [{"spec": spec}]}},
        name="prometheus",
    )
    found = price(claim, stateful, _storage_class("gp3"))
    assert amounts(found) == {
        "1 x 50 GiB gp3 (fast)": Decimal("4.5600"),  # 50 x 0.0912
        "2 x 50 GiB gp3 (fast)": Decimal("9.1200"),
    }
    assert set(reasons(price(claim))) == {"volume"}
    shared = price(claim, _storage_class("x", "efs.csi.aws.com"))
    assert (shared.lines, shared.unpriced) == ((), ())


def test_volume_claims_take_the_region_of_the_stack_because_their_provider_has_none() -> None:
    spec = {"storageClassName": "fast", "resources": {"requests": {"storage": "50Gi"}}}
    reference = f"{urn_of('pulumi:providers:kubernetes', 'k8s')}::p-2"
    claim = resource(
        "kubernetes:core/v1:PersistentVolumeClaim", {"spec": spec}, name="claim", provider=reference
    )
    cluster = resource("aws:eks/cluster:Cluster", {"upgradePolicy": {"supportType": "STANDARD"}}, name="eks")
    found = price(claim, cluster, _storage_class("gp3"))
    assert amounts(found)["1 x 50 GiB gp3 (fast)"] == Decimal("4.56")
    abroad = price(claim, _storage_class("gp3"), of=provider(region=SINGAPORE))
    # 50 x 0.096 (Singapore): the AWS provider tells where the cluster is
    assert abroad.total == Decimal("4.800")
    two = resource("pulumi:providers:aws", {"region": MUMBAI}, name="second")
    lost = price(claim, two, _storage_class("gp3"), of=provider(region=SINGAPORE))
    assert reasons(lost)["volume"].startswith("region unknown")


def test_a_chart_may_hide_costs() -> None:
    assert "chart" in reasons(price(resource("kubernetes:helm.sh/v3:Release")))


def test_volumes_that_a_chart_is_told_to_claim_are_priced_and_the_rest_is_still_unknown() -> None:
    spec = {"storageClassName": "fast", "resources": {"requests": {"storage": "50Gi"}}}
    storage = {"storageSpec": {"volumeClaimTemplate": {"spec": spec}}}
    chart = resource(
        "kubernetes:helm.sh/v3:Release",
        {"values": {"prometheus": {"prometheusSpec": storage}, "others": [storage, "text"]}},
        name="stack",
    )
    found = price(chart, _storage_class("gp3"))
    assert found.total == Decimal("9.12")  # 2 x 50 x 0.0912
    assert set(reasons(found)) == {"chart"}


def test_a_row_taken_from_the_table_turns_a_key_unpriced() -> None:
    less = PRICES.without("KMS", "customer managed key (version)", MUMBAI)
    found = price(resource("aws:kms/key:Key"), prices=less)
    assert the_unpriced(found, "key").why == "no price for KMS customer managed key (version) in ap-south-1"

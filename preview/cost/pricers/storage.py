"""What is stored: S3 buckets, EFS file systems, ECR images, AWS Backup vaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge, Free, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Parts, Pricers
from preview.cost.pricers.transfer import transfer_rate
from preview.graph import UNKNOWN, Resource, plain

BUCKET_TYPES: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
"""Both tokens of the same resource."""

FILE_SYSTEM: Final = "aws:efs/fileSystem:FileSystem"
REPLICATION: Final = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
FILE_REPLICATION: Final = "aws:efs/replicationConfiguration:ReplicationConfiguration"
REQUESTS_PER_UNIT: Final = 1000


def _stored_objects(item: Item) -> Iterator[Charge]:
    uses = [use for use in item.usage.buckets if item.fits(use.bucket, physical_name="bucket")]
    if not uses:
        raise NotPriced("depends on usage, and usage.yaml assumes nothing for this bucket")
    for use in uses:
        what = f"{use.storage_class} storage"
        try:
            rate = item.rate("S3", use.storage_class, unit="GB-month")
        except NotPriced as refusal:
            yield item.unpriced(what, refusal.why)
        else:
            yield item.assumed(what, rate, use.value, use)


def _writes(item: Item) -> Iterator[Charge]:
    rate = item.rate("S3", "PUT/COPY/POST/LIST", unit="1000-requests")
    yield item.metered("write requests", rate, "s3_put_requests", *BUCKET_TYPES, per=REQUESTS_PER_UNIT)


def _reads(item: Item) -> Iterator[Charge]:
    rate = item.rate("S3", "GET and other", unit="1000-requests")
    yield item.metered("read requests", rate, "s3_get_requests", *BUCKET_TYPES, per=REQUESTS_PER_UNIT)


def _copies(item: Item) -> Iterator[Charge]:
    """Traffic of copies to another region, charged where the copies come from."""
    rules = item.entries("rules")
    declared = item.stack.referred(item.resource, "rules", *BUCKET_TYPES) if len(rules) == 1 else None
    if declared is not None:
        regions = {Item(declared, item.stack).region}
    else:
        destinations = {item.text("destination", "bucket", inside=rule) for rule in rules}
        regions = {_region_of_bucket(item, arn) for arn in destinations}
    if any(item.within(rule, "destination", "replicationTime") is not None for rule in rules):
        yield item.unpriced("time control", "usage-based: no price for S3 Replication Time Control")
    if regions == {item.region}:
        return
    if len(regions) != 1:
        raise NotPriced("copies go to several regions")
    rate = transfer_rate(item, item.region, regions.pop())
    yield item.metered("copies to another region", rate, "bucket_replication_gb")


def _region_of_bucket(item: Item, arn: str) -> str:
    bucket = item.stack.once("buckets by name", lambda: _buckets_by_name(item)).get(arn.rpartition(":")[2])
    if bucket is None:
        raise NotPriced("the region of the destination bucket is unknown")
    return Item(bucket, item.stack).region


def _buckets_by_name(item: Item) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for bucket in item.stack.of_type(*BUCKET_TYPES):
        for name in (plain(bucket.inputs.get("bucket")), plain(bucket.outputs.get("bucket")), bucket.id):
            if isinstance(name, str) and name != UNKNOWN:
                found.setdefault(name, bucket)
    return found


def _copied_files(item: Item) -> Iterator[Charge]:
    """Traffic of copies to another region, charged where the files come from."""
    target = item.text("destination", "region")
    if target == item.region:
        return
    rate = transfer_rate(item, item.region, target)
    yield item.metered("copies to another region", rate, "file_replication_gb")


def _standard_files(item: Item) -> Iterator[Charge]:
    if item.declares("availabilityZoneName"):
        raise NotPriced("no price for One Zone storage")
    rate = item.rate("EFS", "Standard storage", unit="GB-month")
    yield item.metered("Standard storage", rate, "efs_standard_gb")


def _infrequent_files(item: Item) -> Iterator[Charge]:
    policies = item.entries("lifecyclePolicies")
    if any(item.within(policy, "transitionToArchive") is not None for policy in policies):
        yield item.unpriced("Archive storage", "usage-based: no price for the Archive class")
    if any(item.within(policy, "transitionToIa") is not None for policy in policies):
        rate = item.rate("EFS", "Infrequent Access storage", unit="GB-month")
        yield item.metered("Infrequent Access storage", rate, "efs_infrequent_gb")
        yield item.unpriced("Infrequent Access reads and writes", "usage-based: nothing assumed")


def _throughput(item: Item) -> Iterator[Charge]:
    mode = item.text("throughputMode", default="bursting")
    if mode != "bursting":
        yield item.unpriced("throughput", f"no price for {mode} throughput")


def _file_backups(item: Item) -> Iterator[Charge]:
    if item.text("backupPolicy", "status", default="DISABLED") != "ENABLED":
        yield Free("backups are switched off")
        return
    rate = item.rate("AWS Backup", "EFS warm backup storage", unit="GB-month")
    yield item.metered("backup storage", rate, "efs_backup_gb")


def _images(item: Item) -> Iterator[Charge]:
    yield item.metered("image storage", item.rate("ECR", "image storage", unit="GB-month"), "ecr_gb")


def _vault(item: Item) -> Iterator[Charge]:
    """Storage of recovery points; only that of file systems has a price."""
    yield item.unpriced(
        "recovery points", "usage-based: no price for recovery points of databases and buckets"
    )


_BUCKET_PARTS: Final[Parts] = {
    "stored objects": _stored_objects,
    "write requests": _writes,
    "read requests": _reads,
}

PRICERS: Final[Pricers] = {
    **dict.fromkeys(BUCKET_TYPES, _BUCKET_PARTS),
    REPLICATION: {"copies to another region": _copies},
    FILE_REPLICATION: {"copies to another region": _copied_files},
    FILE_SYSTEM: {
        "Standard storage": _standard_files,
        "Infrequent Access storage": _infrequent_files,
        "throughput": _throughput,
    },
    "aws:efs/backupPolicy:BackupPolicy": {"backup storage": _file_backups},
    "aws:ecr/repository:Repository": {"image storage": _images},
    "aws:backup/vault:Vault": {"recovery points": _vault},
}

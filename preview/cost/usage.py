"""What a stack is assumed to use in a month: `usage.yaml`, per environment, each figure with its reason.

Gigabytes are GiB as AWS bills them. A figure that is missing is not taken as 0: what depends on it
is reported as unpriced.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

USAGE_FILE: Final = Path(__file__).with_name("usage.yaml")

# libyaml reads the file ten times as fast where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Quantity = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False)]
Reason = Annotated[str, Field(min_length=10)]
Pattern = Annotated[str, Field(min_length=1)]
StorageClass = Literal[
    "Standard first 50 TB",
    "Standard-IA",
    "Glacier Instant Retrieval",
    "Glacier Flexible Retrieval",
    "Glacier Deep Archive",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Assumption(_Strict):
    """A figure and the load it follows from."""

    value: Quantity
    why: Reason


class BucketUse(Assumption):
    """GB that buckets hold in one storage class; a bucket may have several of these."""

    bucket: Pattern
    """Which buckets: `*` and `?` patterns for the logical or the physical name."""
    storage_class: StorageClass = "Standard first 50 TB"


class LogUse(Assumption):
    """GB per month that log groups take in; the first entry that fits a group counts."""

    group: Pattern
    """Which groups: `*` and `?` patterns for the logical or the physical name."""


class Usage(_Strict):
    """Assumptions for one environment, per month. Totals are split evenly over what they concern."""

    nat_gb: Assumption | None = None
    """GB through all NAT gateways, both directions."""
    internet_out_gb: Assumption | None = None
    """GB to the internet that are charged: above the 100 GB that an account has free."""
    endpoint_gb: Assumption | None = None
    """GB through all interface endpoints."""
    replication_gb: Assumption | None = None
    """GB that database replicas take in from another region."""
    bucket_replication_gb: Assumption | None = None
    """GB that buckets copy to another region."""
    file_replication_gb: Assumption | None = None
    """GB that file systems copy to another region."""
    alb_lcu: Assumption | None = None
    """Load balancer capacity units, mean over all hours."""
    waf_million_requests: Assumption | None = None
    """Million requests that web ACLs inspect."""
    dns_million_queries: Assumption | None = None
    """Million DNS queries to all hosted zones."""
    kms_requests: Assumption | None = None
    """Requests to all customer keys."""
    secret_requests: Assumption | None = None
    """API calls to all secrets."""
    buckets: tuple[BucketUse, ...] = ()
    s3_put_requests: Assumption | None = None
    """PUT, COPY, POST and LIST requests to all buckets."""
    s3_get_requests: Assumption | None = None
    """GET and other requests to all buckets."""
    efs_standard_gb: Assumption | None = None
    """GB in the Standard class of all file systems."""
    efs_infrequent_gb: Assumption | None = None
    """GB in the Infrequent Access class of all file systems that move files there."""
    efs_backup_gb: Assumption | None = None
    """GB of backups of file systems."""
    ecr_gb: Assumption | None = None
    """GB of images in all repositories."""
    broker_gb_per_node: Assumption | None = None
    """GB that one broker node keeps on disk."""
    database_backup_gb: Assumption | None = None
    """GB of database backups beyond the free allocation (as much as the databases' storage)."""
    replica_gb: Assumption | None = None
    """Storage of a replica whose source is in another stack."""
    logs: tuple[LogUse, ...] = ()
    log_stored_share: Assumption | None = None
    """Stored size of a log as part of its size on arrival: CloudWatch compresses."""
    config_items: Assumption | None = None
    """Configuration items that AWS Config records."""
    guardduty_million_events: Assumption | None = None
    """Million management events that GuardDuty reads."""
    guardduty_log_gb: Assumption | None = None
    """GB of flow and DNS logs that GuardDuty reads."""
    securityhub_checks: Assumption | None = None
    """Security checks that Security Hub makes."""


class UsageError(ValueError):
    """A usage file cannot be used; the text has one line for each fault."""


class UsageBook:
    """The assumptions of all environments."""

    def __init__(self, environments: Mapping[str, Usage]) -> None:
        self._environments = dict(environments)

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that have assumptions, in file order."""
        return tuple(self._environments)

    def for_stack(self, stack: str) -> Usage:
        """Give the assumptions of a stack; `dev-<name>` has those of `dev`.

        Raises UsageError when there are none.
        """
        environment = stack.partition("-")[0] if stack not in self._environments else stack
        if environment not in self._environments:
            known = ", ".join(self._environments)
            raise UsageError(f'no assumptions for stack "{stack}"; there are some for: {known}')
        return self._environments[environment]


def load_usage(path: Path = USAGE_FILE) -> UsageBook:
    """Read and check a usage file. Raises UsageError with every fault, OSError when it cannot be read."""
    return parse_usage(path.read_text(encoding="utf-8"), file=path.name)


def parse_usage(text: str, *, file: str) -> UsageBook:
    """Check the text of a usage file; `file` is how faults name it. Raises UsageError."""
    try:
        document: Any = yaml.load(text, Loader=_LOADER)  # noqa: S506  (both loaders are the safe ones)
    except yaml.YAMLError as error:
        raise UsageError(f"{file}: not readable as YAML: {error}") from error
    if not isinstance(document, dict) or not document:
        raise UsageError(f"{file}: must map each environment to its assumptions")
    environments: dict[str, Usage] = {}
    faults: list[str] = []
    for environment, entries in document.items():
        try:
            environments[str(environment)] = Usage.model_validate(entries)
        except ValidationError as error:
            for fault in error.errors():
                where = ".".join((str(environment), *(str(part) for part in fault["loc"])))
                faults.append(f"{file}: {where}: {fault['msg']}")
    if faults:
        raise UsageError("\n".join(faults))
    return UsageBook(environments)

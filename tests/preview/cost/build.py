"""Small resource lists for pricing, and the frozen price table behind the expected figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from preview.cost import Estimate, Line, PriceTable, Unpriced, Usage, estimate, load_prices
from preview.cost.usage import Assumption, BucketUse, LogUse
from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, Resource, ResourceGraph

MUMBAI: Final = "ap-south-1"
SINGAPORE: Final = "ap-southeast-1"

PRICES: Final = load_prices(Path(__file__).with_name("prices.csv"))
"""Prices as of November 2026: a refresh of the product's table must not change what the arithmetic gives."""

AWAKE: Final = "MON-FRI 08:00-20:00 Asia/Kolkata"
"""60 of 168 hours."""


def _assume(value: float | str) -> Assumption:
    return Assumption(value=Decimal(str(value)), why="an assumption of this test")


USAGE: Final = Usage(
    nat_gb=_assume(100),
    internet_out_gb=_assume(90),
    endpoint_gb=_assume(150),
    replication_gb=_assume(70),
    bucket_replication_gb=_assume(30),
    file_replication_gb=_assume(20),
    alb_lcu=_assume(2),
    waf_million_requests=_assume(50),
    dns_million_queries=_assume(5),
    kms_requests=_assume(2_000_000),
    secret_requests=_assume(300_000),
    buckets=(
        BucketUse(bucket="*attachment*", value=Decimal(300), why="an assumption of this test"),
        BucketUse(
            bucket="*gps*",
            storage_class="Glacier Flexible Retrieval",
            value=Decimal(60),
            why="an assumption of this test",
        ),
    ),
    s3_put_requests=_assume(1_500_000),
    s3_get_requests=_assume(5_000_000),
    efs_standard_gb=_assume(60),
    efs_infrequent_gb=_assume(120),
    efs_backup_gb=_assume(200),
    ecr_gb=_assume(30),
    broker_gb_per_node=_assume(10),
    replica_gb=_assume(500),
    logs=(
        LogUse(group="*flow*", value=Decimal(60), why="an assumption of this test"),
        LogUse(group="/aws/*", value=Decimal(10), why="an assumption of this test"),
    ),
    log_stored_share=_assume("0.15"),
    config_items=_assume(4000),
    guardduty_million_events=_assume(3),
    guardduty_log_gb=_assume(70),
)


def urn_of(token: str, name: str, *, stack: str = "staging", parents: Sequence[str] = ()) -> str:
    """Give the URN of a resource below components of the types `parents`."""
    return f"urn:pulumi:{stack}::fleet-erp::{'$'.join((*parents, token))}::{name}"


def provider(
    *, region: Any = MUMBAI, tags: Mapping[str, str] | None = None, default_tags: Any = None
) -> Resource:
    """Give the AWS provider that `resource` refers to."""
    inputs: dict[str, Any] = {} if region is None else {"region": region}
    if tags is not None:
        inputs["defaultTags"] = json.dumps({"tags": tags})
    if default_tags is not None:
        inputs["defaultTags"] = default_tags
    token = "pulumi:providers:aws"
    return Resource(
        urn=urn_of(token, "aws"),
        type=token,
        name="aws",
        parent=None,
        custom=True,
        inputs=inputs,
        outputs={},
        id="p-1",
    )


PROVIDER_REFERENCE: Final = f"{provider().urn}::p-1"


def resource(
    token: str,
    inputs: dict[str, Any] | None = None,
    *,
    name: str = "it",
    parents: Sequence[str] = ("fleet:data:Thing",),
    **options: Any,
) -> Resource:
    """Give a resource of the stack's provider."""
    options.setdefault("outputs", {})
    options.setdefault("provider", PROVIDER_REFERENCE)
    options.setdefault("custom", True)
    return Resource(
        urn=urn_of(token, name, parents=parents),
        type=token,
        name=name,
        parent=None,
        inputs=inputs or {},
        **options,
    )


def graph_of(*resources: Resource, of: Resource | None = None) -> ResourceGraph:
    """Give a stack of these resources and a provider: `of`, or one for Mumbai without tags."""
    everything = sorted((of or provider(), *resources), key=lambda entry: entry.urn)
    return ResourceGraph(project="fleet-erp", stack="staging", resources=tuple(everything))


def price(
    *resources: Resource, of: Resource | None = None, prices: PriceTable = PRICES, usage: Usage = USAGE
) -> Estimate:
    """Price a stack of these resources."""
    return estimate(graph_of(*resources, of=of), prices=prices, usage=usage)


def amounts(found: Estimate) -> dict[str, Decimal]:
    """Give what each line costs a month; fails when two lines have the same words."""
    named = {line.what: line.usd_per_month for line in found.lines}
    assert len(named) == len(found.lines)
    return named


def reasons(found: Estimate) -> dict[str, str]:
    """Give why each unpriced part has no price."""
    return {entry.what: entry.why for entry in found.unpriced}


def the_line(found: Estimate, what: str) -> Line:
    """Give the one line with these words."""
    (line,) = [line for line in found.lines if line.what == what]
    return line


def the_unpriced(found: Estimate, what: str) -> Unpriced:
    """Give the one unpriced part with these words."""
    (entry,) = [entry for entry in found.unpriced if entry.what == what]
    return entry


def secret(value: Any) -> dict[str, Any]:
    """Wrap a value as the engine wraps secrets."""
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}

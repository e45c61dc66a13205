"""RDS. Mumbai, November 2026: db.m5.large 0.253/h, db.m5.xlarge 0.506/h, gp3 0.131/GB; Multi-AZ double."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from preview.graph import UNKNOWN, Resource
from tests.preview.cost.build import (
    AWAKE,
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
)

INSTANCE = "aws:rds/instance:Instance"
STAGING: dict[str, Any] = {
    "engine": "postgres",
    "engineVersion": "16.15",
    "instanceClass": "db.m5.large",
    "multiAz": False,
    "allocatedStorage": 500,
    "storageType": "gp3",
    "iops": 12000,
    "storageThroughput": 500,
    "identifier": "fleet-erp-staging-postgres",
    "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
}
SOURCE_ARN = "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres"


def _database(name: str = "db", **inputs: Any) -> Resource:
    return resource(INSTANCE, {**STAGING, **inputs}, name=name)


def test_single_az() -> None:
    found = price(_database())
    assert amounts(found) == {
        "db.m5.large Single-AZ": Decimal("184.690"),  # 730 x 0.253
        "500 GiB gp3": Decimal("65.500"),  # 500 x 0.131; 12,000 IOPS and 500 MiB/s are included from 400 GiB
    }
    assert found.unpriced == ()


def test_multi_az_is_taken_from_the_table_where_it_is_quoted() -> None:
    found = price(_database(multiAz=True))
    assert amounts(found) == {
        "db.m5.large Multi-AZ": Decimal("369.380"),  # 730 x 0.506
        "500 GiB gp3 Multi-AZ": Decimal("131.000"),  # 500 x 0.262
    }
    assert not any(line.derived for line in found.lines)


def test_multi_az_without_a_quoted_price_is_derived_and_marked() -> None:
    found = price(_database(instanceClass="db.m5.xlarge", multiAz=True, maxAllocatedStorage=1000))
    line = the_line(found, "db.m5.xlarge Multi-AZ")
    # 730 x 2 x 0.506
    assert (line.usd_per_month, line.derived, line.note) == (
        Decimal("738.760"),
        True,
        "Multi-AZ = 2 x Single-AZ",
    )
    assert (line.confidence, line.source_date) == ("medium", "2021-03-30")
    assert the_line(found, "500 GiB gp3 Multi-AZ").note == "may grow to 1000 GiB"


def test_derived_storage() -> None:
    less = PRICES.without("RDS storage", "gp3 Multi-AZ", MUMBAI)
    line = the_line(price(_database(multiAz=True), prices=less), "500 GiB gp3 Multi-AZ")
    assert (line.usd_per_month, line.derived) == (Decimal(131), True)


def test_a_row_taken_from_the_table_turns_the_hours_unpriced() -> None:
    less = PRICES.without("RDS PostgreSQL", "db.m5.large Single-AZ", MUMBAI)
    found = price(_database(), prices=less)
    assert reasons(found) == {
        "instance hours": "no price for RDS PostgreSQL db.m5.large Single-AZ in ap-south-1"
    }
    assert amounts(found) == {"500 GiB gp3": Decimal("65.5")}


def test_hours_sleep_and_storage_does_not() -> None:
    found = price(_database(), of=provider(tags={"Schedule": AWAKE}))
    hours = the_line(found, "db.m5.large Single-AZ")
    # 184.69 x 60 / 168
    assert round(hours.usd_per_month, 4) == Decimal("65.9607")
    assert hours.usd_always_on == Decimal("184.690")
    assert the_line(found, "500 GiB gp3").usd_per_month == Decimal("65.5")


def test_a_replica_takes_engine_and_storage_from_its_source_and_keeps_both_awake() -> None:
    replica = resource(
        INSTANCE,
        {"instanceClass": "db.m5.large", "replicateSourceDb": "fleet-erp-staging-postgres"},
        name="report",
    )
    found = price(_database(instanceClass="db.m5.xlarge"), replica, of=provider(tags={"Schedule": AWAKE}))
    assert the_line(found, "db.m5.large Single-AZ").usd_per_month == Decimal("184.690")
    assert the_line(found, "db.m5.xlarge Single-AZ").usd_per_month == Decimal("369.380")
    assert found.saving == 0
    assert "cannot be stopped" in the_line(found, "db.m5.xlarge Single-AZ").note
    assert [line.usd_per_month for line in found.lines if line.what == "500 GiB gp3"] == [Decimal("65.5")] * 2


def test_a_replica_of_another_region() -> None:
    group = resource(
        "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres16", "name": "pg"}, name="group"
    )
    replica = resource(
        INSTANCE,
        {
            "instanceClass": "db.m5.large",
            "replicateSourceDb": SOURCE_ARN,
            "parameterGroupName": "pg",
            "storageType": "gp3",
        },
        name="standby",
    )
    found = price(replica, group, of=provider(region=SINGAPORE))
    assert amounts(found) == {
        "db.m5.large Single-AZ": Decimal("180.310"),  # 730 x 0.247 (Singapore)
        "500 GiB gp3": Decimal("69.000"),  # assumed 500 x 0.138
        "replication traffic": Decimal("6.020"),  # assumed 70 GB x 0.086, charged by Mumbai
    }
    assert the_line(found, "500 GiB gp3").assumed
    assert the_line(found, "replication traffic").region == MUMBAI


def test_a_replica_of_a_source_in_the_stack_has_no_traffic_even_while_its_arn_is_unknown() -> None:
    source = _database()
    replica = resource(
        INSTANCE,
        {"instanceClass": "db.m5.large", "replicateSourceDb": UNKNOWN},
        name="report",
        property_dependencies={"replicateSourceDb": (source.urn,)},
    )
    found = price(source, replica)
    assert reasons(found) == {}
    assert not any("traffic" in line.what for line in found.lines)


def test_a_replica_whose_engine_nothing_tells_is_unpriced() -> None:
    replica = resource(
        INSTANCE, {"instanceClass": "db.m5.large", "replicateSourceDb": SOURCE_ARN, "storageType": "gp3"}
    )
    assert reasons(price(replica))["instance hours"].startswith("engine unknown")


def test_a_password_that_rds_manages_costs_a_secret() -> None:
    assert amounts(price(_database(manageMasterUserPassword=True)))["managed master secret"] == Decimal(
        "0.40"
    )


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"backupRetentionPeriod": 30}, "backup storage"),
        ({"databaseInsightsMode": "advanced"}, "Database Insights"),
        (
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 731},
            "Performance Insights",
        ),
        ({"monitoringInterval": 60}, "enhanced monitoring"),
        ({"engineLifecycleSupport": None}, "extended support"),
        ({"iops": 16000}, "storage performance"),
        ({"allocatedStorage": 100, "iops": 4000, "storageThroughput": None}, "storage performance"),
        ({"dedicatedLogVolume": True}, "dedicated log volume"),
        ({"storageType": "io2"}, "storage"),
        ({"storageType": None}, "storage"),
        ({"engine": "mysql"}, "instance hours"),
        ({"instanceClass": UNKNOWN}, "instance hours"),
        ({"multiAz": UNKNOWN}, "instance hours"),
        ({"allocatedStorage": UNKNOWN}, "storage"),
    ],
)
def test_what_has_no_figure_is_unpriced(inputs: dict[str, Any], what: str) -> None:
    assert set(reasons(price(_database()))) == set()
    found = price(_database(**inputs))
    assert what in reasons(found)
    assert all(line.usd_per_month > 0 for line in found.lines)


def test_copied_backups_are_unpriced() -> None:
    token = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    assert "copied to another region" in the_unpriced(price(resource(token)), "replicated backups").why

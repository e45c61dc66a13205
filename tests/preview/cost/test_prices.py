"""The price table: types, checks, age; and whether the deriving rules hold in the product's table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from preview.cost.pricers import broker, cache, database
from preview.cost.prices import COLUMNS, PriceTable, PriceTableError, load_prices, parse_prices

HEADER = ",".join(COLUMNS)
GOOD = "EC2,m5.large Linux on-demand,hour,ap-south-1,0.101,a source,2025-03-02,high"


def _parse(*rows: str, header: str = HEADER) -> PriceTable:
    return parse_prices([f"{line}\n" for line in (header, *rows)], file="prices.csv")


def _faults(*rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(PriceTableError) as caught:
        _parse(*rows, header=header)
    return [str(fault) for fault in caught.value.faults]


def test_a_row_keeps_figure_source_and_date() -> None:
    price = _parse(GOOD).find("EC2", "m5.large Linux on-demand", "ap-south-1")
    assert price is not None
    assert (price.usd, price.unit, price.source, price.source_date, price.confidence) == (
        Decimal("0.101"),
        "hour",
        "a source",
        "2025-03-02",
        "high",
    )


def test_a_price_that_holds_everywhere_is_found_in_any_region_but_the_regions_own_goes_first() -> None:
    table = _parse(
        "Route 53,zone,month,global,0.50,a source,2026-09-25,high",
        "Route 53,zone,month,ap-south-1,0.60,a source,2026-09-25,high",
    )
    everywhere, own = (
        table.find("Route 53", "zone", "eu-west-1"),
        table.find("Route 53", "zone", "ap-south-1"),
    )
    assert everywhere is not None
    assert own is not None
    assert (everywhere.usd, own.usd) == (Decimal("0.50"), Decimal("0.60"))


def test_a_price_of_another_region_is_never_taken() -> None:
    assert _parse(GOOD).find("EC2", "m5.large Linux on-demand", "ap-southeast-1") is None


def test_every_fault_is_reported_at_once_with_file_line_and_column() -> None:
    assert _faults(
        GOOD,
        "EC2,m6i.large,hour,mumbai,free,a source,yesterday,certain",
        "EC2,m6g.large,hour,ap-south-1,0.05",
        "EC2, ,hour,ap-south-1,-1,a source,2026-13-01,low",
        GOOD,
    ) == [
        'prices.csv:3: region: "mumbai" is neither a region nor global',
        'prices.csv:3: usd: "free" is not a number',
        'prices.csv:3: source_date: "yesterday" is not YYYY-MM-DD, YYYY-MM, YYYY or undated',
        'prices.csv:3: confidence: "certain" is not one of high, medium, low',
        "prices.csv:4: row: 5 columns, must be 8; quote a text that has a comma",
        "prices.csv:5: item: is empty",
        'prices.csv:5: usd: "-1" is not a price; it must be above 0',
        'prices.csv:5: source_date: "2026-13-01" is not YYYY-MM-DD, YYYY-MM, YYYY or undated',
        "prices.csv:6: item: EC2 / m5.large Linux on-demand / ap-south-1 is already priced in line 2",
    ]


@pytest.mark.parametrize("usd", ["0", "0.000", "NaN", "Infinity", "-0"])
def test_a_price_of_nothing_is_refused(usd: str) -> None:
    assert _faults(f"EC2,m5.large,hour,ap-south-1,{usd},a source,2026,low") == [
        f'prices.csv:2: usd: "{usd}" is not a price; it must be above 0'
    ]


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_no_cell_may_be_empty_or_padded(column: int) -> None:
    cells = GOOD.split(",")
    for cell in ("", f" {cells[column]}"):
        broken = [*cells[:column], cell, *cells[column + 1 :]]
        assert any(f": {COLUMNS[column]}: " in fault for fault in _faults(",".join(broken)))


def test_another_header_an_empty_table_and_an_open_quote_are_refused() -> None:
    assert _faults(GOOD, header="service,price") == [
        f"prices.csv:1: header: must be {HEADER}, is service,price"
    ]
    assert _faults() == ["prices.csv:1: row: no price in the table"]
    assert _faults('EC2,"m5.large') == ["prices.csv:2: row: not readable as CSV: unexpected end of data"]


@pytest.mark.parametrize(
    ("source_date", "not_before"),
    [
        ("2026-09-25", date(2026, 9, 25)),
        ("2026-08", date(2026, 8, 1)),
        ("2026", date(2026, 1, 1)),
        ("2026 (undated)", date(2026, 1, 1)),
        ("undated", None),
    ],
)
def test_a_date_counts_from_its_earliest_day(source_date: str, not_before: date | None) -> None:
    (price,) = _parse(f"EC2,m5.large,hour,ap-south-1,0.1,a source,{source_date},low").rows
    assert price.not_before == not_before


def test_rows_that_may_be_too_old_are_found() -> None:
    table = _parse(
        "EC2,old,hour,ap-south-1,0.1,a source,2026-05-01,low",
        "EC2,at the limit,hour,ap-south-1,0.1,a source,2026-05-28,low",
        "EC2,month,hour,ap-south-1,0.1,a source,2026-05,low",
        "EC2,undated,hour,ap-south-1,0.1,a source,undated,low",
        "EC2,new,hour,ap-south-1,0.1,a source,2026-11-01,low",
    )
    # 180 days before 2026-11-24 is 2026-05-28.
    stale = table.older_than(180, date(2026, 11, 24))
    assert [price.item for price in stale] == ["old", "month", "undated"]


def test_the_product_table_is_whole_and_says_where_each_figure_is_from() -> None:
    table = load_prices()
    assert len(table) >= 161
    assert all(price.source and price.source_date and price.confidence for price in table.rows)


def test_multi_az_is_twice_single_az_wherever_both_are_quoted() -> None:
    table = load_prices()
    pairs = [
        (single, multi)
        for multi in table.rows
        if multi.service == "RDS PostgreSQL" and multi.item.endswith(" Multi-AZ")
        if (single := table.find(multi.service, multi.item.replace("Multi", "Single"), multi.region))
    ]
    pairs += [
        (single, multi)
        for region in ("ap-south-1", "ap-southeast-1")
        if (single := table.find("RDS storage", database.STORAGE_SINGLE, region))
        and (multi := table.find("RDS storage", database.STORAGE_MULTI, region))
    ]
    assert len(pairs) >= 8
    assert all(multi.usd == database.MULTI_AZ_FACTOR * single.usd for single, multi in pairs)


def test_valkey_is_four_fifths_of_redis_wherever_both_are_quoted() -> None:
    table = load_prices()
    pairs = [
        (redis, valkey)
        for valkey in table.rows
        if valkey.service == "ElastiCache Valkey"
        if (redis := table.find("ElastiCache Redis OSS", valkey.item, valkey.region))
    ]
    assert len(pairs) >= 3
    assert all(valkey.usd == cache.VALKEY_FACTOR * redis.usd for redis, valkey in pairs)


def test_a_broker_cluster_is_three_brokers_wherever_both_are_quoted() -> None:
    table = load_prices()
    single = table.find(broker.SERVICE, "mq.m5.large single-instance broker", "ap-south-1")
    cluster = table.find(broker.SERVICE, "mq.m5.large 3-node cluster (one cluster)", "ap-south-1")
    assert single is not None
    assert cluster is not None
    assert cluster.usd == broker.NODES_PER_CLUSTER * single.usd

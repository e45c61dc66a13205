"""The `Schedule` tag: its form, and the share of hours that is paid."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview.cost.schedule import WEEK, Schedule, ScheduleError
from preview.graph import UNKNOWN, Resource
from tests.preview.cost.build import AWAKE, price, provider, resource, secret, the_line, the_unpriced

NODES = {
    "scalingConfig": {"desiredSize": 2, "minSize": 2, "maxSize": 2},
    "instanceTypes": ["m5.large"],
}
NODE_HOURS = "2 x m5.large node"
ALWAYS_ON = Decimal("147.46")
"""2 x 730 h x 0.101 USD (m5.large, Mumbai)."""


def _nodes(**inputs: object) -> Resource:
    return resource("aws:eks/nodeGroup:NodeGroup", {**NODES, **inputs})


def test_office_hours_are_60_of_168() -> None:
    schedule = Schedule.parse(AWAKE)
    assert schedule is not None
    assert schedule.awake_share == Fraction(60, 168)
    assert (schedule.days, schedule.zone) == (("MON", "TUE", "WED", "THU", "FRI"), "Asia/Kolkata")


def test_always_on_is_no_schedule() -> None:
    assert Schedule.parse("always-on") is None


@given(
    first=st.integers(0, 6),
    length=st.integers(1, 7),
    minutes=st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda pair: pair[0] < pair[1]),
    zone=st.sampled_from(
        ["Asia/Kolkata", "Asia/Singapore", "Etc/UTC", "America/Argentina/Buenos_Aires", "UTC"]
    ),
)
def test_the_share_is_the_hours_named(first: int, length: int, minutes: tuple[int, int], zone: str) -> None:
    start, end = minutes
    tag = f"{WEEK[first]}-{WEEK[(first + length - 1) % 7]} {_clock(start)}-{_clock(end)} {zone}"
    schedule = Schedule.parse(tag)
    assert schedule is not None
    assert len(schedule.days) == length
    assert schedule.awake_share == Fraction(length * (end - start), 7 * 24 * 60)
    assert 0 < schedule.awake_share <= 1


@given(days=st.integers(1, 7), start=st.integers(0, 23), hours=st.integers(1, 24))
def test_price_and_saving_of_a_scheduled_group_add_up(days: int, start: int, hours: int) -> None:
    end = min(start + hours, 24)
    tag = f"MON-{WEEK[days - 1]} {start:02}:00-{end:02}:00 Asia/Kolkata"
    found = price(_nodes(tags={"Schedule": tag}))
    line = the_line(found, NODE_HOURS)
    assert line.usd_always_on == ALWAYS_ON
    assert abs(line.usd_per_month * 168 - ALWAYS_ON * days * (end - start)) < Decimal("1e-20")
    assert found.total + found.saving == found.total_always_on


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "nights",
        "Always-On",
        "MON-FRI 8:00-20:00 Asia/Kolkata",
        "MON-FRI 08:00-20:00",
        "MON-FRI 20:00-08:00 Asia/Kolkata",
        "MON-FRI 08:00-08:00 Asia/Kolkata",
        "MON-FRI 08:00-24:01 Asia/Kolkata",
        "MON-FRI 08:60-20:00 Asia/Kolkata",
        "MO-FR 08:00-20:00 Asia/Kolkata",
        "MON-FRI 08:00-20:00 Asia/Kolkata ",
    ],
)
def test_a_tag_that_cannot_be_read_is_refused_by_name(tag: str) -> None:
    with pytest.raises(ScheduleError, match="tag Schedule") as caught:
        Schedule.parse(tag)
    assert f'"{tag}"' in str(caught.value)


def test_the_providers_default_tag_makes_nodes_sleep() -> None:
    found = price(_nodes(), of=provider(tags={"Schedule": AWAKE}))
    line = the_line(found, NODE_HOURS)
    # 147.46 x 60 / 168; 64.3 % saved.
    assert round(line.usd_per_month, 4) == Decimal("52.6643")
    assert round(line.quantity, 3) == Decimal("521.429")
    assert round(100 * found.saving / found.total_always_on, 1) == Decimal("64.3")


def test_the_resources_own_tag_wins_over_the_default() -> None:
    awake = price(_nodes(tags={"Schedule": "always-on"}), of=provider(tags={"Schedule": AWAKE}))
    assert the_line(awake, NODE_HOURS).usd_per_month == ALWAYS_ON
    asleep = price(_nodes(tags={"Schedule": AWAKE}), of=provider(tags={"Schedule": "always-on"}))
    assert the_line(asleep, NODE_HOURS).usd_per_month < ALWAYS_ON


def test_default_tags_may_be_secret() -> None:
    found = price(
        _nodes(), of=provider(default_tags=secret('{"tags": {"Schedule": "SAT 00:00-24:00 Etc/UTC"}}'))
    )
    assert the_line(found, NODE_HOURS).usd_per_month == ALWAYS_ON / 7


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"Schedule": "at night"}, 'tag Schedule "at night" is not "always-on" or like "MON-FRI 08:00-20:00'),
        ({"Schedule": UNKNOWN}, "value unknown before deployment: tags.Schedule"),
        (UNKNOWN, "value unknown before deployment: tags"),
        ({"Schedule": ["MON"]}, "tag Schedule"),
    ],
)
def test_hours_under_a_tag_that_says_nothing_are_unpriced_with_the_full_hours_as_upper_estimate(
    tags: object, why: str
) -> None:
    found = price(_nodes(tags=tags))
    entry = the_unpriced(found, "node hours")
    assert entry.why.startswith(why)
    assert entry.upper_usd_per_month == ALWAYS_ON
    assert found.total == 0


@pytest.mark.parametrize(
    ("default_tags", "why"),
    [
        ("{not json", "the provider's defaultTags are not JSON"),
        (UNKNOWN, "value unknown before deployment: defaultTags"),
        ('["Schedule"]', "defaultTags is not an object"),
    ],
)
def test_default_tags_that_cannot_be_read_leave_the_hours_unpriced(default_tags: str, why: str) -> None:
    found = price(_nodes(), of=provider(default_tags=default_tags))
    assert the_unpriced(found, "node hours").why == why


def test_what_cannot_be_stopped_costs_the_same_under_a_schedule() -> None:
    kept = [
        resource("aws:ec2/natGateway:NatGateway", {}, name="nat"),
        resource("aws:lb/loadBalancer:LoadBalancer", {"subnets": ["a", "b"]}, name="alb"),
        resource(
            "aws:mq/broker:Broker", {"engineType": "RabbitMQ", "hostInstanceType": "mq.m5.large"}, name="mq"
        ),
        resource(
            "aws:elasticache/replicationGroup:ReplicationGroup", {"nodeType": "cache.m7g.large"}, name="cache"
        ),
        resource(
            "aws:opensearch/domain:Domain", {"clusterConfig": {"instanceType": "m5.xlarge.search"}}, name="os"
        ),
        resource("aws:eks/cluster:Cluster", {}, name="eks"),
        resource(
            "aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": ["a"]}, name="ep"
        ),
    ]
    found = price(*kept, of=provider(tags={"Schedule": AWAKE}))
    assert len(found.lines) >= 8
    assert found.saving == 0

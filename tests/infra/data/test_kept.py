"""How long things are kept, as whole rows on the real stack of production (DATA-05, DATA-06)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer

SEVEN_YEARS_DAYS: Final = 2557
"""Seven years with the two leap days that they can hold."""
BUCKET: Final = "aws:s3/bucket:Bucket"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOCK: Final = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
DATABASE: Final = "aws:rds/instance:Instance"
JOB: Final = "kubernetes:batch/v1:Job"
GLACIER: Final = {"GLACIER", "DEEP_ARCHIVE"}


def named(graph: ResourceGraph, token: str, name: str) -> Resource | None:
    return next((each for each in graph.of_type(token) if each.name == name), None)


def rules(graph: ResourceGraph, bucket: str) -> list[Mapping[str, Any]]:
    lifecycle = named(graph, LIFECYCLE, bucket)
    return [rule for rule in (lifecycle.inputs["rules"] if lifecycle else ()) if rule["status"] == "Enabled"]


def expirations(graph: ResourceGraph, bucket: str) -> list[int]:
    return [
        rule["expiration"]["days"] for rule in rules(graph, bucket) if "days" in rule.get("expiration", {})
    ]


def versioned_and_lasting(graph: ResourceGraph, bucket: str) -> Iterator[str]:
    declared, versioning = named(graph, BUCKET, bucket), named(graph, VERSIONING, bucket)
    if declared is None or not (declared.protect and declared.retain_on_delete):
        yield f"{bucket} goes with the program"
    elif declared.inputs.get("forceDestroy"):
        yield f"{bucket} may be emptied"
    if versioning is None or versioning.inputs["versioningConfiguration"] != {"status": "Enabled"}:
        yield f"{bucket} loses what is overwritten"


def seven_years(graph: ResourceGraph) -> set[str]:
    """Say what keeps invoices, trips and their attachments shorter than seven years."""
    found = set(versioned_and_lasting(graph, "attachments"))
    if not all(days >= SEVEN_YEARS_DAYS for days in expirations(graph, "attachments")):
        found.add("attachments expire earlier")
    lock = named(graph, LOCK, "attachments")
    kept = (lock.inputs["rule"]["defaultRetention"] if lock else {}).get("days", 0)
    if kept < SEVEN_YEARS_DAYS:
        found.add("attachments are not locked for so long")
    # The rows themselves are in the database, from which nothing is taken but positions: DATA-06.
    for database in graph.of_type(DATABASE):
        if database.name == "postgres" and not (
            database.protect
            and database.inputs.get("deletionProtection")
            and not database.inputs.get("skipFinalSnapshot")
        ):
            found.add("the database can be deleted")
    return found


def positions(graph: ResourceGraph) -> set[str]:
    """Say what is wrong with twelve months online, and Glacier after."""
    found = set(versioned_and_lasting(graph, "gps-archive"))
    transitions = [each for rule in rules(graph, "gps-archive") for each in rule.get("transitions", ())]
    if not any(each["storageClass"] in GLACIER for each in transitions):
        found.add("archived positions do not go to Glacier")
    if not all(days >= SEVEN_YEARS_DAYS for days in expirations(graph, "gps-archive")):
        found.add("archived positions expire earlier than trips")
    online = {
        variable["value"]
        for job in graph.of_type(JOB)
        if job.name == "database-bootstrap"
        for container in job.inputs["spec"]["template"]["spec"]["containers"]
        for variable in container["env"]
        if variable["name"] == "ONLINE_MONTHS"
    }
    if online != {"12"}:
        found.add(f"positions stay online for {', '.join(sorted(online)) or 'an unknown number of'} months")
    return found


def without(graph: ResourceGraph, token: str, name: str) -> ResourceGraph:
    kept = tuple(each for each in graph.resources if (each.type, each.name) != (token, name))
    assert len(kept) == len(graph.resources) - 1
    return replace(graph, resources=kept)


def changed(graph: ResourceGraph, token: str, name: str, before: str, after: str) -> ResourceGraph:
    """Give the graph with one text in one resource's inputs replaced."""

    def change(each: Resource) -> Resource:
        if (each.type, each.name) != (token, name):
            return each
        text = json.dumps(each.inputs)
        assert before in text
        return replace(each, inputs=json.loads(text.replace(before, after)))

    return replace(graph, resources=tuple(map(change, graph.resources)))


@pytest.mark.requirement("DATA-05")
def test_trips_and_invoices_are_kept_seven_years(estate: EstateRenderer) -> None:
    assert seven_years(estate("prod")) == set()


@pytest.mark.requirement("DATA-05")
@pytest.mark.parametrize(
    ("token", "before", "after", "words"),
    [
        (LIFECYCLE, '"days": 2557', '"days": 2190', "attachments expire earlier"),
        (LOCK, '"days": 2557', '"days": 2555', "attachments are not locked for so long"),
        (VERSIONING, "Enabled", "Suspended", "attachments loses what is overwritten"),
        (BUCKET, '"forceDestroy": false', '"forceDestroy": true', "attachments may be emptied"),
    ],
)
def test_a_shorter_time_is_noticed(
    estate: EstateRenderer, token: str, before: str, after: str, words: str
) -> None:
    assert seven_years(changed(estate("prod"), token, "attachments", before, after)) == {words}


@pytest.mark.requirement("DATA-05")
def test_a_missing_lock_or_protection_is_noticed(estate: EstateRenderer) -> None:
    prod = estate("prod")
    assert seven_years(without(prod, LOCK, "attachments")) == {"attachments are not locked for so long"}
    before, after = '"deletionProtection": true', '"deletionProtection": false'
    unprotected = changed(prod, DATABASE, "postgres", before, after)
    assert seven_years(unprotected) == {"the database can be deleted"}


@pytest.mark.requirement("DATA-06")
def test_positions_are_online_for_a_year_and_then_in_glacier(estate: EstateRenderer) -> None:
    assert positions(estate("prod")) == set()


@pytest.mark.requirement("DATA-06")
@pytest.mark.parametrize(
    ("where", "before", "after", "words"),
    [
        ((LIFECYCLE, "gps-archive"), '"GLACIER"', '"STANDARD_IA"', "archived positions do not go to Glacier"),
        (
            (LIFECYCLE, "gps-archive"),
            '"days": 2557',
            '"days": 400',
            "archived positions expire earlier than trips",
        ),
        (
            (JOB, "database-bootstrap"),
            '"name": "ONLINE_MONTHS", "value": "12"',
            '"name": "ONLINE_MONTHS", "value": "6"',
            "positions stay online for 6 months",
        ),
    ],
)
def test_another_way_of_positions_is_noticed(
    estate: EstateRenderer, where: tuple[str, str], before: str, after: str, words: str
) -> None:
    assert positions(changed(estate("prod"), *where, before, after)) == {words}

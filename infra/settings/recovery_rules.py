"""Rules about the loss of a region: who is whose standby, and what the two have of each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .data import DatabaseSettings, ObjectsSettings
from .environment import EnvironmentSettings, RecoverySettings
from .problem import Problem, Rule


def recovery_names_its_peer(
    environment: EnvironmentSettings, recovery: RecoverySettings
) -> Iterator[Problem]:
    """Primary and standby know each other by settings alone, and live in different regions."""
    peer = {
        "peer_environment": recovery.peer_environment,
        "peer_account_id": recovery.peer_account_id,
        "peer_region": recovery.peer_region,
    }
    for key, value in peer.items():
        if (recovery.role == "none") == (value is not None):
            rule = "no value" if recovery.role == "none" else "a value"
            yield Problem(f"recovery.{key}", value, f"does not suit role {recovery.role}; allowed: {rule}")
    if recovery.peer_region == environment.region:
        yield Problem(
            "recovery.peer_region",
            recovery.peer_region,
            "is the region of this environment; allowed: another one",
        )
    if recovery.active and recovery.role != "standby":
        yield Problem("recovery.active", True, f"is for a standby, this is {recovery.role}; allowed: false")


def the_home_is_one_of_two(recovery: RecoverySettings) -> Iterator[Problem]:
    """A primary is at home, and a home that serves is the primary: then exactly one has the names."""
    wanted = {"none": False, "primary": True}.get(recovery.role, recovery.home)
    if recovery.home != wanted:
        yield Problem(
            "recovery.home",
            recovery.home,
            f"does not suit role {recovery.role}; allowed: {str(wanted).lower()}",
        )
    if recovery.active and recovery.home and recovery.role == "standby":
        yield Problem("recovery.active", True, "is not how a home serves; allowed: false, with role: primary")


def only_who_serves_hands_over(recovery: RecoverySettings) -> Iterator[Problem]:
    """A standby at rest has nothing to hand over, and who has no peer has nobody to hand over to."""
    if recovery.handover is not None and (recovery.role == "none" or not recovery.serving):
        yield Problem(
            "recovery.handover", recovery.handover, "is for an environment that serves; allowed: null"
        )


def a_standby_was_made_as_a_replica(
    recovery: RecoverySettings, database: DatabaseSettings
) -> Iterator[Problem]:
    """RDS makes no replica out of an instance that exists."""
    if recovery.role == "standby" and database.made_as != "replica":
        yield Problem(
            "database.made_as",
            database.made_as,
            "cannot follow another database; allowed: replica, of an instance that is made anew",
        )
    if recovery.role == "none" and database.made_as != "instance":
        yield Problem("database.made_as", database.made_as, "has nobody to follow; allowed: instance")


def the_home_knows_its_standby(recovery: RecoverySettings) -> Iterator[Problem]:
    """What crosses the regions is declared at home: a standby elsewhere needs no id of the other region."""
    for key, value in (
        ("peer_filestore_id", recovery.peer_filestore_id),
        ("peer_switch_id", recovery.peer_switch_id),
    ):
        if value is not None and not recovery.home:
            yield Problem(f"recovery.{key}", value, "is declared by the home alone; allowed: null")


def replicated_buckets_exist(recovery: RecoverySettings, objects: ObjectsSettings) -> Iterator[Problem]:
    """The home copies buckets that it has; a standby watches its peer's, which are not its own."""
    own = [bucket.name for bucket in objects.buckets]
    for index, name in enumerate(recovery.replicated_buckets):
        path = f"recovery.replicated_buckets[{index}]"
        if recovery.role == "none":
            yield Problem(path, name, "has nowhere to be copied to; allowed: no list")
        elif recovery.home and name not in own:
            yield Problem(path, name, f"is no bucket of objects.buckets; allowed: {', '.join(own)}")
        if recovery.replicated_buckets.index(name) != index:
            yield Problem(path, name, "is named twice; allowed: each bucket once")


RECOVERY_RULES: Final[tuple[Rule, ...]] = (
    recovery_names_its_peer,
    the_home_is_one_of_two,
    only_who_serves_hands_over,
    a_standby_was_made_as_a_replica,
    the_home_knows_its_standby,
    replicated_buckets_exist,
)

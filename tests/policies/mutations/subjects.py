"""Every subject that mutations are about, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.policies.mutations.account import account
from tests.policies.mutations.addons import addons
from tests.policies.mutations.alarms import alarms
from tests.policies.mutations.backups import backups
from tests.policies.mutations.buckets import buckets
from tests.policies.mutations.cluster import cluster
from tests.policies.mutations.databases import databases
from tests.policies.mutations.detection import detection
from tests.policies.mutations.edge import edge
from tests.policies.mutations.holdings import holdings
from tests.policies.mutations.identity import identity
from tests.policies.mutations.keys import keys
from tests.policies.mutations.logs import logs
from tests.policies.mutations.mutation import Generator
from tests.policies.mutations.network import network
from tests.policies.mutations.newcomers import newcomers
from tests.policies.mutations.objects import objects
from tests.policies.mutations.pods import pods
from tests.policies.mutations.recovery import recovery
from tests.policies.mutations.refresh import refresh
from tests.policies.mutations.security_groups import security_groups
from tests.policies.mutations.stores import stores
from tests.policies.mutations.strangers import strangers
from tests.policies.mutations.tags import tags
from tests.policies.mutations.trusts import trusts

SUBJECTS: Final[Mapping[str, Generator]] = {
    "account": account,
    "addons": addons,
    "alarms": alarms,
    "backups": backups,
    "buckets": buckets,
    "cluster": cluster,
    "databases": databases,
    "detection": detection,
    "edge": edge,
    "holdings": holdings,
    "identity": identity,
    "keys": keys,
    "logs": logs,
    "network": network,
    "newcomers": newcomers,
    "objects": objects,
    "pods": pods,
    "recovery": recovery,
    "refresh": refresh,
    "security groups": security_groups,
    "stores": stores,
    "strangers": strangers,
    "tags": tags,
    "trusts": trusts,
}
"""Subject → what gives its breakages on whatever stack it is shown."""

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account", "detection", "strangers", "tags"),
    "data": ("backups", "buckets", "databases", "holdings", "keys", "recovery", "refresh", "stores"),
    "edge": ("alarms", "edge", "logs"),
    "identity": ("addons", "cluster", "identity", "trusts"),
    "network": ("network", "security groups"),
    "workloads": ("newcomers", "objects", "pods"),
}
"""Part → its subjects. Each part is tested by a module of its own, which another process may take."""

ABSENT: Final[Mapping[str, frozenset[str]]] = {
    "recovery": frozenset({"dr", "staging", "testing"}),
    "refresh": frozenset({"dr"}),
}
"""Subject → stacks that declare nothing of it."""

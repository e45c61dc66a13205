"""Logging and detection: what happens is recorded, kept for its time, watched, and heard by a person."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("log-",),
    subjects=(
        "alarms",
        "broker",
        "cache",
        "cluster",
        "configuration",
        "database_events",
        "database_parameters",
        "databases",
        "firewall",
        "flow_logs",
        "groups",
        "guard_duty",
        "inspection",
        "load_balancers",
        "name_queries",
        "objects",
        "search",
        "trails",
    ),
)

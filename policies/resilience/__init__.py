"""Resilience: what fails alone, what survives a zone or a region, what nobody can delete by mistake."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("avl-",),
    subjects=(
        "broker",
        "cache",
        "cluster",
        "database",
        "database_copies",
        "database_storage",
        "functions",
        "load_balancers",
        "nodes",
        "search",
        "stateful",
        "versions",
        "zones",
    ),
)

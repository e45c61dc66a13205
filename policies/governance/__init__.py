"""Governance: everything says whose it is and what it is for, and costs no more than it must."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=("tag-", "cst-"),
    subjects=(
        "budgets",
        "classification",
        "cost_estimate",
        "instance_classes",
        "log_bounds",
        "non_production",
        "orphans",
        "propagation",
        "schedule_tags",
        "start_and_stop",
        "storage_classes",
        "subnet_roles",
        "tag_values",
    ),
)

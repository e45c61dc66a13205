"""What the database writes into its log."""

from __future__ import annotations

from typing import Final

from policies.aws.database_parameters import Wanted, wrong_parameters
from policies.aws.tokens import DATABASE_CLUSTERS, DATABASES
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
)

_SUBJECTS: Final = (*DATABASES, *DATABASE_CLUSTERS)
_LEVELS: Final = mandatory_in("prod", "staging", "dr")
_ON: Final = frozenset({"1", "on", "true"})


@joined_rule(
    "log-rds-min-duration",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("RDS.36",), ("CKV2_AWS_30",), ("OBS-01", "OBS-05")),
    remedy='Set {"log_min_duration_statement": "1000"} in the parameter group of the instance.',
    settings={"maximumMilliseconds": Setting(1000, "How slow a statement may be without being logged.")},
)
def rds_min_duration(database: ResourceView, _graph: Graph, settings: Settings) -> Findings:
    """Slow statements are logged."""
    longest = settings["maximumMilliseconds"]

    def is_good(value: str) -> bool:
        return value.isdigit() and int(value) <= longest  # -1 switches it off

    yield from wrong_parameters(
        database, Wanted("log_min_duration_statement", is_good, f"0 to {longest:g} milliseconds")
    )


@joined_rule(
    "log-rds-connections",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), ("CKV2_AWS_30",), ("SEC-14", "OBS-01"), ("8(5)",)),
    remedy='Set {"log_connections": "1", "log_disconnections": "1"} in the parameter group of the instance.',
)
def rds_connections(database: ResourceView, _graph: Graph) -> Findings:
    """Who connects to the database and leaves it is logged."""
    yield from wrong_parameters(
        database,
        *(Wanted(name, _ON.__contains__, "1") for name in ("log_connections", "log_disconnections")),
    )


@joined_rule(
    "log-rds-statements",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV2_AWS_30",), ("SEC-14", "DATA-07"), ("8(4)", "8(5)")),
    remedy='Set {"log_statement": "ddl"} in the parameter group of the instance.',
)
def rds_statements(database: ResourceView, _graph: Graph) -> Findings:
    """Changes of the schema are logged, and no statement that carries personal data.

    `mod` and `all` write the values of every INSERT and UPDATE into a log, which more people read
    than may read the table.
    """
    yield from wrong_parameters(database, Wanted("log_statement", "ddl".__eq__, "ddl"))


@joined_rule(
    "log-rds-audit",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls((), (), ("SEC-14", "DATA-07"), ("8(5)",)),
    remedy=(
        "Add pgaudit to shared_preload_libraries (apply_method pending-reboot) and set"
        ' {"pgaudit.log": "ddl,role"}.'
    ),
)
def rds_audit(database: ResourceView, _graph: Graph) -> Findings:
    """The audit extension records changes of the schema and of who may do what."""

    def is_loaded(value: str) -> bool:
        return "pgaudit" in {library.strip() for library in value.split(",")}

    def has_classes(value: str) -> bool:
        return {"ddl", "role"} <= {name.strip() for name in value.lower().split(",")}

    yield from wrong_parameters(
        database,
        Wanted("shared_preload_libraries", is_loaded, "a list with pgaudit"),
        Wanted("pgaudit.log", has_classes, "a list with ddl and role"),
    )

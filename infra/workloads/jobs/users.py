"""Users of the database: each login role that the bootstrap makes, and who logs in with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ODOO: Final = "odoo"
GPS: Final = "gps"
GPS_ARCHIVE: Final = "gps_archive"
EXPORTER: Final = "exporter"
GRAFANA: Final = "grafana"
GPS_DATABASE: Final = "gps"
"""The database of positions; Odoo's is a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUser:
    """A login role. What it may do is in `sql/`."""

    name: str
    what: str
    database: str | None
    """The database it works in; None: Odoo's."""


DATABASE_USERS: Final = (
    DatabaseUser(name=ODOO, what="Odoo, the owner of its database", database=None),
    DatabaseUser(name=GPS, what="GPS consumers: insert positions", database=GPS_DATABASE),
    DatabaseUser(
        name=GPS_ARCHIVE, what="The archive job: reads and drops months of positions", database=GPS_DATABASE
    ),
    DatabaseUser(name=EXPORTER, what="The metrics exporter: reads statistics", database="postgres"),
    DatabaseUser(name=GRAFANA, what="Dashboards: read the views of the schema bi", database=None),
)

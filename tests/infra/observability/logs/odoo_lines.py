"""Lines as Odoo 18 writes them (odoo/netsvc.py), and as containerd keeps them."""

from __future__ import annotations

from typing import Final

START: Final = (
    "2026-11-25 03:14:15,926 17 INFO tms odoo.modules.loading: 87 modules loaded in 1.92s, 0 queries"
)
REQUEST: Final = (
    "2026-11-25 03:14:16,001 21 INFO tms werkzeug: 10.0.101.7 - - [25/Nov/2026 03:14:16] "
    '"POST /web/dataset/call_kw/fleet.vehicle/web_search_read HTTP/1.1" 200 - 12 0.015 0.021'
)
NO_DATABASE: Final = "2026-11-25 03:14:15,100 1 INFO ? odoo: Odoo version 18.0-20261109"
WARNING: Final = (
    "2026-11-25 03:14:18,333 21 WARNING tms odoo.addons.base.models.ir_cron: Skipping database tms: a: b"
)
TRACEBACK: Final = """\
2026-11-25 03:14:17,250 21 ERROR tms odoo.http: Exception during request handling.
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/odoo/http.py", line 2364, in __call__
    response = request._serve_db()
  File "/usr/lib/python3/dist-packages/odoo/sql_db.py", line 354, in execute
    res = self._obj.execute(query, params)
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "fleet_trip_name_uniq"
DETAIL:  Key (name)=(TRIP/2026/00042) already exists.

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/odoo/service/model.py", line 188, in retrying
    raise ValidationError("2026 is no year of a trip") from exc
odoo.exceptions.ValidationError: 2026 is no year of a trip"""
"""An error with its traceback: one event of fifteen lines, one of them empty."""

EVENTS: Final = (NO_DATABASE, START, REQUEST, TRACEBACK, WARNING)
"""Events in the order in which they are written."""


def in_container(text: str, *, second: int, stream: str = "stderr", flag: str = "F") -> str:
    """Give lines of a text as containerd writes them to the container's file."""
    return "".join(
        f"2026-11-25T03:14:{second:02d}.{number:09d}Z {stream} {flag} {line}\n"
        for number, line in enumerate(text.split("\n"), start=123_456_000)
    )

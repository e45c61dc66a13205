"""The SQL functions that mask and search, put into the copy."""

from __future__ import annotations

from pathlib import Path
from typing import Final, LiteralString, cast

import psycopg
import yaml

from .manifest import Manifest

SQL: Final = Path(__file__).with_name("sql")
WORDS: Final = Path(__file__).with_name("words.yaml")

MASKED_DOMAINS: Final = ("example.invalid",)

_GENERIC: Final = (
    "pvt ltd private limited llp inc corp corporation company industries enterprises transport "
    "transports transporters logistics traders trading agencies agency services service roadlines "
    "roadways carriers cargo freight motors store stores india indian international global group and "
    "the for sons brothers bros near behind opposite road street lane nagar marg colony sector phase "
    "plot floor block building house first second main cross post office district administrator "
    "odoobot public user default template portal admin drivers driver customer customers vendor mr "
    "mrs "
)
"""Words that many names share: two of them in a row, or one with another, say nothing about anybody."""


def install(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Create or replace the functions."""
    words: dict[str, list[str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    masked = {word.lower() for many in words.values() for word in many}
    lists = {
        **words,
        "generic": sorted({*_GENERIC.split(), *masked}),
        "domains": [*MASKED_DOMAINS, *manifest.allowed_email_domains],
    }
    for name in ("functions.sql", "search.sql"):
        text = (SQL / name).read_text(encoding="utf-8")
        for word, values in lists.items():
            quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
            text = text.replace(f":{word};", f"ARRAY[{quoted}]::text[];").replace(
                f":{word})", f"ARRAY[{quoted}]::text[])"
            )
            text = text.replace(f":{word}\n", f"ARRAY[{quoted}]::text[]\n")
        connection.execute(cast("LiteralString", text))


def create_progress(connection: psycopg.Connection) -> None:
    """Create the tables of progress where they are not there."""
    connection.execute(cast("LiteralString", (SQL / "progress.sql").read_text(encoding="utf-8")))

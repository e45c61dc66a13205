"""The way of the data: a dump of one snapshot, and a new database made of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from ops.errors import OperatorError

from .facts import Facts, gather
from .servers import Programs, Server, scalar

COMPLETE = "toc.dat"
"""What pg_dump writes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How data is carried."""

    source: Server
    target: Server
    programs: Programs
    work: Path
    """Where dumps lie; as large as the data."""
    jobs: int
    owner: str | None
    """Who is to own everything; None: who owned it before."""
    samples: int

    def dump(self) -> tuple[Path, Facts]:
        """Dump the source, and gather its facts in the very snapshot that is dumped."""
        self.work.mkdir(parents=True, exist_ok=True)
        # A program whose caller was killed may still write to the folder of its own attempt.
        folder = self.work / f"{self.source.database}-{uuid4().hex[:12]}"
        with self.source.open() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = scalar(connection, "SELECT pg_export_snapshot()")
            facts = gather(connection, samples=self.samples)
            self.programs.run(
                "pg_dump",
                "--format=directory",
                f"--jobs={self.jobs}",
                f"--snapshot={snapshot}",
                f"--file={folder}",
                f"--dbname={self.source.to()}",
            )
        if not (folder / COMPLETE).is_file():
            raise OperatorError(f"the dump in {folder} is not complete")
        return folder, facts

    def restore(self, dump: Path, database: str) -> None:
        """Make a database of a dump, anew even if there is one."""
        with self.source.open() as old, self.target.open("postgres") as new:
            encoding, collate, ctype = old.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
                " WHERE datname = current_database()"
            ).fetchone() or ("UTF8", "C", "C")
            here = new.execute(
                "SELECT datcollate, datctype FROM pg_database WHERE datname = %s", [self.target.database]
            ).fetchone()
            collate, ctype = here or (collate, ctype)
            drop_database(new, database)
            statement = sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
            ).format(sql.Identifier(database), *map(sql.Literal, (encoding, collate, ctype)))
            if self.owner is not None:
                statement += sql.SQL(" OWNER {}").format(sql.Identifier(self.owner))
            new.execute(statement)
        self.programs.run(
            "pg_restore",
            "--exit-on-error",
            f"--jobs={self.jobs}",
            *(() if self.owner is None else ("--no-owner", f"--role={self.owner}")),
            f"--dbname={self.target.to(database)}",
            str(dump),
        )
        with self.target.open(database) as connection:
            connection.execute("ANALYZE")

    def discard(self, dump: Path) -> None:
        """Delete a dump: it holds everybody's data."""
        shutil.rmtree(dump, ignore_errors=True)


def drop_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a database and whoever is still connected to it, such as a pg_restore whose caller was killed."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

r"""Rehearsal, cutover and the way back.

    begun -> guarded -> dumped -> restored -> validated -> switched
       \________\_________\_________\__________\-> halted: the old database takes writes again

The old database is the truth until the switch, which is one transaction: the validated database takes the
name, and the state says so. A run that was killed is continued by the next; one that fails is halted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from ops.errors import NotProvenError, OperatorError
from ops.records import Record

from . import guard, state
from .facts import Facts, gather
from .preflight import Finding, examine
from .servers import fingerprint, scalar, tool_version
from .transfer import Transfer, drop_database
from .validation import compare, orphans

Progress = Callable[[str], None]
REHEARSAL: Final = "_rehearsal"
INCOMING: Final = "_incoming"
_GRANTS: Final = """
SELECT CASE g.grantee WHEN 0 THEN NULL ELSE g.grantee::regrole::text END, g.privilege_type,
    d.datdba = g.grantee
FROM pg_database AS d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS g WHERE d.datname = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a dry run found."""

    fingerprint: str
    tool: str
    facts: Facts
    findings: tuple[str, ...]


def check(transfer: Transfer) -> list[Finding]:
    """Examine both servers."""
    return examine(transfer.source, transfer.target, transfer.programs, owner=transfer.owner)


def rehearse(transfer: Transfer, progress: Progress) -> Rehearsed:
    """Do everything but the switch, to a database of its own; people go on working on the old one."""
    _stop_on_errors(check(transfer))
    database = transfer.target.database + REHEARSAL
    with transfer.source.open() as source:
        print_of_source = fingerprint(source)
    with state.open_state(transfer.target):
        dump, facts = transfer.dump()
        progress(f"dumped {len(facts.tables)} tables, {facts.rows:,} rows")
        try:
            transfer.restore(dump, database)
            progress("restored")
            findings = validate(transfer, facts, database)
        finally:
            transfer.discard(dump)
            with transfer.target.open("postgres") as connection:
                drop_database(connection, database)
    progress(f"{len(findings)} findings")
    return Rehearsed(fingerprint=print_of_source, tool=tool_version(), facts=facts, findings=tuple(findings))


def validate(transfer: Transfer, facts: Facts, database: str) -> list[str]:
    """Compare a database of the new server with the facts of the old one."""
    with transfer.target.open(database) as connection:
        return [
            *compare(facts, gather(connection, like=facts), owner=transfer.owner),
            *orphans(connection),
        ]


def require_rehearsal(records: list[Record], *, fingerprint_now: str, tool: str, longest_days: int) -> Record:
    """Give the dry run that allows a cutover. Raises OperatorError, saying what every other one lacks."""
    reasons = []
    for record in reversed(records):
        age = datetime.now(UTC) - record.finished_at
        wrong = [
            text
            for text, is_so in (
                ("it did not pass", record.result != "passed"),
                ("another source or other tables", record.figures.get("fingerprint") != fingerprint_now),
                ("another version of this tool", record.figures.get("tool") != tool),
                (f"older than {longest_days} days", age > timedelta(days=longest_days)),
            )
            if is_so
        ]
        if not wrong:
            return record
        reasons.append(f"{record.file_name}: {', '.join(wrong)}")
    raise OperatorError("\n".join(["no dry run allows this cutover", *reasons]))


def cut_over(transfer: Transfer, allowed: Callable[[str, str], object], progress: Progress) -> state.Run:
    """Move the database, or leave everything as it was.

    `allowed` gets fingerprint and tool version, and raises where no dry run fits. Raises NotProvenError after
    the old database takes writes again where the new one is not what the old one is.
    """
    with state.open_state(transfer.target) as ledger:
        run = state.last(ledger, transfer.target.database)
        if run is not None and run.phase == "switched":
            raise OperatorError(f"{run.database} was switched already")
        with transfer.source.open() as source:
            print_of_source = fingerprint(source)
        tool = tool_version()
        if run is None or run.ended:
            allowed(print_of_source, tool)
            _stop_on_errors(check(transfer))
            run = state.begin(ledger, transfer.target.database, print_of_source, tool)
        else:
            progress(f"continues from {run.phase}")
        try:
            if (run.fingerprint, run.tool) != (print_of_source, tool):
                raise OperatorError("source or tool changed since the cutover began")
            # Each time: whoever came since a crash is ended, and so is a pg_dump that survived it.
            run = guard.close(transfer.source, ledger, run)
            return _continue(transfer, ledger, run, progress)
        except BaseException as error:
            _halt(transfer, ledger, run, str(error) or type(error).__name__)
            progress("halted: the old database takes writes again")
            raise


def roll_back(transfer: Transfer, progress: Progress, *, after_switch: bool) -> state.Run:
    """Make the old database the truth again. After the switch only when told so: later writes stay behind."""
    with state.open_state(transfer.target) as ledger:
        run = state.last(ledger, transfer.target.database)
        if run is None:
            raise OperatorError(f"nobody moved {transfer.target.database}")
        if run.phase == "switched":
            if not after_switch:
                raise OperatorError(
                    f"{run.database} was switched: what was written to it since stays behind;"
                    " say --after-switch to go back all the same"
                )
            run = _switch_back(transfer, ledger, run)
            progress(f"{run.database} is the one from before; the moved one is kept as {run.kept_as}")
        else:
            drop_database(ledger, run.database + INCOMING)
        _discard(transfer, run)
        run = guard.reopen(transfer.source, ledger, run)
        progress("the old database takes writes again")
        return state.reached(ledger, run, "undone")


def _continue(
    transfer: Transfer, ledger: psycopg.Connection[Any], run: state.Run, progress: Progress
) -> state.Run:
    incoming = run.database + INCOMING
    if run.phase == "begun":
        run = state.reached(ledger, run, "guarded")
        progress("the old database takes no writes")
    if run.phase != "guarded" and (run.dump is None or not Path(run.dump).is_dir()):
        run = state.reached(ledger, run, "guarded")
        progress("the dump is gone, it is made anew")
    if run.phase == "guarded":
        dump, facts = transfer.dump()
        run = state.dumped(ledger, run, str(dump), facts)
        progress(f"dumped {len(facts.tables)} tables, {facts.rows:,} rows")
    if run.phase == "dumped":
        transfer.restore(Path(run.dump or ""), incoming)
        run = state.reached(ledger, run, "restored")
        progress("restored")
    if run.facts is None:
        raise OperatorError("the facts of the source are gone")
    # Validated even if it was before: nobody knows what happened to it since.
    findings = validate(transfer, run.facts, incoming)
    with transfer.source.open() as source:
        if not guard.is_closed(source):
            findings.append("somebody let the old database take writes again")
        findings += [
            f"since the dump: {line}"
            for line in compare(run.facts, gather(source, like=run.facts), owner=None)
        ]
    if findings:
        raise NotProvenError("\n".join(findings))
    run = state.reached(ledger, run, "validated")
    progress("validated")
    run = _switch(transfer, ledger, run)
    progress(f"switched to {run.database}")
    _discard(transfer, run)
    return run


def _switch(transfer: Transfer, ledger: psycopg.Connection[Any], run: state.Run) -> state.Run:
    """Give the validated database its name, the rights on the one before, and record it, all at once."""
    incoming, before = run.database + INCOMING, f"{run.database}_before_{run.id}"
    exists = scalar(ledger, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", run.database)
    if exists:
        with transfer.target.open() as connection:
            guard.end_sessions(connection)
    with transfer.target.open(incoming) as connection:
        guard.end_sessions(connection)
    with ledger.transaction():
        ledger.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(incoming)))
        for grantee, privilege, owns in ledger.execute(_GRANTS, [run.database]).fetchall() if exists else ():
            if not owns:
                ledger.execute(
                    sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
                        sql.SQL(privilege),
                        sql.Identifier(incoming),
                        sql.SQL("PUBLIC" if grantee is None else grantee),
                    )
                )
        if exists:
            _rename(ledger, run.database, before)
        _rename(ledger, incoming, run.database)
        return state.reached(ledger, run, "switched", kept_as=before if exists else None)


def _switch_back(transfer: Transfer, ledger: psycopg.Connection[Any], run: state.Run) -> state.Run:
    with transfer.target.open() as connection:
        guard.end_sessions(connection)
    kept = f"{run.database}_moved_{run.id}"
    with ledger.transaction():
        _rename(ledger, run.database, kept)
        if run.kept_as is not None:
            _rename(ledger, run.kept_as, run.database)
        return state.reached(ledger, run, "halted", kept_as=kept, note="rolled back after the switch")


def _rename(connection: psycopg.Connection[Any], name: str, new_name: str) -> None:
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new_name))
    )


def _halt(transfer: Transfer, ledger: psycopg.Connection[Any], run: state.Run, reason: str) -> None:
    """Undo what was done to the old database, then record it: the new server may be what fails."""
    known = None
    with suppress(psycopg.Error):
        known = state.last(ledger, transfer.target.database)
    run = known or run
    guard.reopen_source(transfer.source, run)
    _discard(transfer, run)
    if known is not None:
        state.unguarded(ledger, run)
        state.reached(ledger, run, "halted", note=reason[:4000])


def _discard(transfer: Transfer, run: state.Run) -> None:
    if run.dump is not None:
        transfer.discard(Path(run.dump))


def _stop_on_errors(findings: list[Finding]) -> None:
    wrong = [f"{finding.check}: {finding.message}" for finding in findings if finding.level == "error"]
    if wrong:
        raise OperatorError("\n".join(wrong))

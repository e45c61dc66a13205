"""The command line: status, and a line for every mistake of a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.__main__ import main
from ops.errors import OperatorError
from ops.masking.copies import connect, mark_copy
from ops.masking.key import make_key, read_key
from ops.masking.manifest import MANIFEST, Manifest

from .conftest import SERVICE, SNAPSHOT, Copies, Masking


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    assert main(["masking", "key", str(path)]) == 0
    return path


def test_a_refresh_from_mark_to_proof(
    copies: Copies, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = ["--service", SERVICE, "--database", copies.make(marked=False)]
    with_key = [*there, "--key-file", str(key_file)]
    assert main(["masking", "run", *with_key]) == 2
    assert "is not marked as a quarantined copy" in capsys.readouterr().err
    assert main(["masking", "mark", *there, "--source-snapshot", SNAPSHOT, "--environment", "staging"]) == 0
    assert main(["masking", "verify", *with_key]) == 2
    assert "not masked to the end" in capsys.readouterr().err
    assert main(["masking", "plan", *there, "--count", "--json"]) == 0
    steps = {step["table"]: step for step in json.loads(capsys.readouterr().out)["steps"]}
    assert steps["res_partner"]["rows"] == 120
    assert steps["res_partner"]["columns"]["vat"] == "tax_id"
    assert steps["gps.positions_2026_09"]["step"] == "rebuild"
    assert main(["masking", "run", *with_key, "--jobs", "2", "--batch-rows", "40"]) == 0
    told = capsys.readouterr()
    assert "rows/s" in told.out
    assert "res_partner" in told.err
    assert main(["masking", "run", *with_key]) == 0
    assert capsys.readouterr().out == "masked before; nothing was done\n"
    assert main(["masking", "verify", *with_key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True
    with copies.connect(there[-1]) as connection:
        connection.execute("ALTER TABLE res_partner ADD COLUMN nickname text")
    assert main(["masking", "verify", *with_key]) == 1
    told = capsys.readouterr()
    assert told.out == "res_partner.nickname: text column is neither masked nor declared safe\n"
    assert told.err.splitlines()[-1] == "not proven: 1 findings; nobody may reach this copy"


def test_nothing_is_begun_while_a_column_is_unlisted_or_does_not_exist(
    copies: Copies, capsys: pytest.CaptureFixture[str], key_file: Path
) -> None:
    database = copies.make()
    with copies.connect(database) as connection:
        connection.execute("ALTER TABLE res_partner ADD COLUMN nickname text")
        connection.execute("ALTER TABLE res_partner RENAME COLUMN city TO town")
        connection.execute("ALTER TABLE res_bank ALTER COLUMN street TYPE bytea USING NULL")
    there = ["--service", SERVICE, "--database", database]
    assert main(["masking", "run", *there, "--key-file", str(key_file)]) == 2
    assert set(capsys.readouterr().err.splitlines()) == {
        "res_partner.nickname: text column is neither masked nor declared safe",
        "res_partner.town: varchar column is neither masked nor declared safe",
        "res_partner.city: the manifest masks a column that does not exist",
        "res_bank.street: is bytea: masker street cannot be used",
    }
    assert main(["masking", "plan", *there]) == 1
    with copies.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('ops_masking.run')").fetchone() == (None,)
        assert connection.execute(
            "SELECT count(*) FROM res_partner WHERE email LIKE '%haulage%'"
        ).fetchone() == (80,)


def test_production_is_never_touched(copies: Copies, manifest: Manifest) -> None:
    here = manifest.model_copy(update={"production_hosts": ("127.0.0.*",)})
    database = copies.make(marked=False)
    with (
        connect(SERVICE, database=database) as connection,
        pytest.raises(OperatorError, match=r"127.0.0.1 is production's"),
    ):
        mark_copy(connection, here, source_snapshot=SNAPSHOT, environment="staging")
    with (
        connect(SERVICE, database=database) as connection,
        pytest.raises(OperatorError, match="other than prod"),
    ):
        mark_copy(connection, manifest, source_snapshot=SNAPSHOT, environment="prod")


def test_a_marker_speaks_of_one_database_alone(copies: Copies, masking: Masking) -> None:
    other = copies.make(marked=False, template=copies.make())
    with pytest.raises(OperatorError, match="the marker speaks of database"):
        masking(other).run()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--service", "nowhere"], 'service "nowhere": is not in'),
        (["--manifest", "none.yaml"], "none.yaml: there is no such manifest"),
        (["--key-file", "none.key"], "none.key: there is no such key file"),
        (["--database", "none"], 'database "none" does not exist'),
    ],
)
def test_mistakes_have_a_line(
    arguments: list[str], line: str, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "--service": SERVICE,
        "--key-file": str(key_file),
        "--manifest": str(MANIFEST),
        arguments[0]: arguments[1],
    }
    assert main(["masking", "run", *[word for pair in given.items() for word in pair]]) == 2
    told = capsys.readouterr().err
    assert line in told
    assert "Traceback" not in told


def test_a_key_is_the_owners_alone(key_file: Path) -> None:
    assert len(read_key(key_file).secret) == 32
    assert "secret" not in repr(read_key(key_file))
    with pytest.raises(OperatorError, match="exists"):
        make_key(key_file)
    key_file.chmod(0o644)
    with pytest.raises(OperatorError, match=r"mode 0644.*chmod 600"):
        read_key(key_file)
    key_file.chmod(0o600)
    key_file.write_text("abc")
    with pytest.raises(OperatorError, match="64 hexadecimal digits"):
        read_key(key_file)


def test_what_the_server_refuses_shows_no_row(
    copies: Copies, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = copies.make()
    with copies.connect(database) as connection:
        connection.execute("ALTER TABLE res_partner ADD CONSTRAINT odd CHECK (email NOT LIKE '%invalid')")
    assert (
        main(["masking", "run", "--service", SERVICE, "--database", database, "--key-file", str(key_file)])
        == 2
    )
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("the server refused:")
    assert "odd" in last
    assert "haulage" not in last

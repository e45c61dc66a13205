r"""Turn passwords into SCRAM-SHA-256 verifiers, so that no password is sent to, or logged by, the server.

Runs in the database bootstrap job with nothing but the standard library:

    python3 scram_verifiers.py /etc/passwords > verifiers.sql

For each file `<user>` of the folder one line is written, `\set <user>_verifier 'SCRAM-SHA-256$…'`, which
psql reads. PostgreSQL stores a verifier as it is given (RFC 5803; CREATE ROLE, "PASSWORD").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import sys
from pathlib import Path
from typing import Final

ITERATIONS: Final = 4096
"""PostgreSQL's own number: the passwords are random, more rounds would only slow each login."""
SALT_BYTES: Final = 16
_USER: Final = re.compile(r"[a-z][a-z0-9_]*")


def scram_verifier(user: str, plain: str) -> str:
    """Give what PostgreSQL keeps of the password `plain`.

    The salt comes from the password and the user, not from chance: the same password gives the same verifier,
    and a second run changes nothing. Raises ValueError for passwords that SASLprep would change.
    """
    if not plain or not plain.isascii() or not plain.isprintable():
        raise ValueError(f"the password of {user} is empty or has characters outside printable ASCII")
    raw = plain.encode()
    salt = hmac.digest(raw, f"salt of {user}".encode(), "sha256")[:SALT_BYTES]
    salted = hashlib.pbkdf2_hmac("sha256", raw, salt, ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored_key)}:{_text(server_key)}"


def psql_variables(folder: Path) -> list[str]:
    """Give the lines that set psql's variables, one for each password file of a folder.

    Raises ValueError for a file whose name is no user, and when there is none at all.
    """
    lines: list[str] = []
    # Names that begin with a dot are the links with which the kubelet changes files at once.
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if not _USER.fullmatch(path.name):
            raise ValueError(f"{path} is not named after a database user")
        lines.append(
            f"\\set {path.name}_verifier '{scram_verifier(path.name, path.read_text().rstrip(chr(10)))}'"
        )
    if not lines:
        raise ValueError(f"{folder} holds no password")
    return lines


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    try:
        print("\n".join(psql_variables(Path(sys.argv[1]))))
    except (OSError, ValueError) as error:
        sys.exit(f"scram_verifiers: {error}")

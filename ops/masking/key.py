"""The key of one refresh: who has it can tell originals by their masked values, so nobody keeps it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from ops.errors import OperatorError

KEY_BYTES: Final = 32
_BLOCK: Final = 64
"""Bytes of a block of SHA-256, to which HMAC pads its key (RFC 2104)."""


@dataclass(frozen=True, slots=True)
class MaskingKey:
    """A key; never shown."""

    secret: bytes = field(repr=False)

    @property
    def inner(self) -> bytes:
        """Give the padded key of the inner hash."""
        return bytes(byte ^ 0x36 for byte in self.secret.ljust(_BLOCK, b"\0"))

    @property
    def outer(self) -> bytes:
        """Give the padded key of the outer hash."""
        return bytes(byte ^ 0x5C for byte in self.secret.ljust(_BLOCK, b"\0"))

    @property
    def check(self) -> str:
        """Tell keys apart without telling one."""
        return hashlib.sha256(b"ops.masking.key:" + self.secret).hexdigest()[:16]

    def hand_to(self, connection: psycopg.Connection) -> None:
        """Give the key to the functions of a session; no statement carries it, so no log has it."""
        connection.execute("CREATE TEMPORARY TABLE given (inside text, outside text) ON COMMIT DROP")
        with connection.cursor().copy("COPY given FROM STDIN") as rows:
            rows.write_row((self.inner.hex(), self.outer.hex()))
        connection.execute(
            "SELECT set_config('ops_masking.inner', inside, false) IS NULL,"
            " set_config('ops_masking.outer', outside, false) IS NULL FROM given"
        )
        connection.commit()


def read_key(path: Path) -> MaskingKey:
    """Read a key file: 64 hexadecimal digits that only its owner may read; raises `OperatorError`."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise OperatorError(
            f"{path}: there is no such key file; `python -m ops masking key {path}` makes one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: cannot be read: {error}") from None
    # Kubernetes gives the group of the pod the right to read what it mounts.
    if mode & (stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO):
        raise OperatorError(
            f"{path}: others may use this key file (mode {stat.S_IMODE(mode):04o}); chmod 600 or 400"
        )
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise OperatorError(f"{path}: a key is {KEY_BYTES * 2} hexadecimal digits")
    return MaskingKey(secret)


def make_key(path: Path) -> None:
    """Make a key for one refresh; an existing file is never overwritten."""
    try:
        private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(private, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
    except FileExistsError:
        raise OperatorError(f"{path}: exists; a refresh that was interrupted goes on with its key") from None
    except OSError as error:
        raise OperatorError(f"{path}: cannot be written: {error}") from None

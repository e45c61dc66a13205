"""Scripts of the jobs that prepare Odoo's database, and of the mail sink: they run in pods, not here.

Each is one file without imports from this program, for it travels as text in a ConfigMap.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Script = Literal["initialise.py", "upgrade.py", "configure.py", "catch_mail.py"]


def script(name: Script) -> str:
    """Give the text of a script."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")

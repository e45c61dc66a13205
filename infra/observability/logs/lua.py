"""The filter that gives records their shape and draws lots, as the Lua script that Fluent Bit runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...workloads.gps.configuration import SAMPLING_ANNOTATION
from ...workloads.gps.pod import APPLICATION
from .fields import FIELDS

FILE_NAME: Final = "records.lua"
FUNCTION: Final = "process"
EVERYTHING_PERCENT: Final = 100


def script(*, success_sampling_percent: int) -> str:
    """Render the script; of successful ingestion events it keeps the share given, of all others every one.

    Where everything is kept the script draws no lots at all (OBS-11, OBS-12).
    """
    known = ", ".join(f"{name} = true" for name in FIELDS)
    return f"local FIELDS = {{ {known} }}\n\n{_sampling(success_sampling_percent)}\n{_read(FILE_NAME)}"


def _sampling(percent: int) -> str:
    if percent >= EVERYTHING_PERCENT:
        return _read("everything.lua")
    return (
        _read("sampling.lua")
        .replace("@application@", APPLICATION)
        .replace("@annotation@", SAMPLING_ANNOTATION)
        .replace("@percent@", str(percent))
        .replace("@share@", f"{percent / EVERYTHING_PERCENT:g}")
    )


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")

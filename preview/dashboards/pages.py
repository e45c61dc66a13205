"""Pictures of the dashboards of a stack, written as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra import checked_settings
from infra.observability.dashboards import DashboardContext, dashboards
from infra.settings import PROJECT, DevelopmentSettings
from preview import stacks
from preview.engine.stack_file import load_stack

from .picture import board_svg

FOLDER: Final = "out/dashboards"


class NoDashboardsError(ValueError):
    """The stack is not watched, so it has no dashboards."""


def pictures_of(stack: str) -> dict[str, str]:
    """Draw the dashboards of a stack file, by uid.

    Raises NoDashboardsError where there are none, StackFileError or SettingsError for a file that is wrong.
    """
    configuration = load_stack(stacks.ROOT, stack)
    areas = {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in configuration.config.items()
        if key.startswith(f"{PROJECT}:")
    }
    settings = checked_settings.parse(areas, stack=stack)
    if isinstance(settings, DevelopmentSettings) or settings.observability is None:
        raise NoDashboardsError(f"{stack} has no dashboards: its stack file has no {PROJECT}:observability")
    boards = dashboards(DashboardContext.of(settings))
    return {board.uid: board_svg(board.to_json()) for board in boards}


def write_pictures(pictures: Mapping[str, str], folder: Path) -> list[Path]:
    """Write one SVG for each dashboard; give the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for uid, picture in pictures.items():
        path = folder / f"{uid}.svg"
        # A killed run must not leave half a picture where a whole one was.
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(picture, encoding="utf-8")
        partial.replace(path)
        written.append(path)
    return written

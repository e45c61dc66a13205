"""Where in the program a resource was registered."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlparse

from pulumi.runtime.proto import source_pb2

_INSTALLED: Final = "/site-packages/"
_STANDARD_LIBRARY: Final = Path(asyncio.__file__).resolve().parents[1].as_uri()
_ENGINE_FOLDER: Final = Path(__file__).resolve().parent.as_uri()


def _is_program(uri: str) -> bool:
    return bool(uri) and _INSTALLED not in uri and not uri.startswith((_ENGINE_FOLDER, _STANDARD_LIBRARY))


class Sources:
    """Shows positions relative to the checkout, and as they are outside it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._shown = cache(self._show)

    def locate(self, position: source_pb2.SourcePosition, trace: source_pb2.StackTrace) -> str | None:
        """Give `file:line` of a registration, or None when the SDK did not send it.

        For a provider, and a class derived from an SDK's, the position is one in the SDK; the program's line
        is then the first one outside installed packages.
        """
        if not position.uri:
            return None
        if _INSTALLED in position.uri:
            inside = next((frame.pc for frame in trace.frames if _is_program(frame.pc.uri)), None)
            return f"{self._shown(inside.uri)}:{inside.line}" if inside is not None else None
        return f"{self._shown(position.uri)}:{position.line}"

    def show(self, path: Path) -> str:
        """Give a path relative to the checkout when it lies in it."""
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)

    def _show(self, uri: str) -> str:
        return self.show(Path(unquote(urlparse(uri).path)))

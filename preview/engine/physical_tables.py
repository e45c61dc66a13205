"""All templates of physical identities, by type token; the areas have a table each."""

from __future__ import annotations

from typing import Final

from preview.engine.physical import Template
from preview.engine.physical_compute import COMPUTE
from preview.engine.physical_network import NETWORK

TEMPLATES: Final[dict[str, dict[str, Template]]] = {**NETWORK, **COMPUTE}

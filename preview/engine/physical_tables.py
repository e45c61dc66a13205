"""All templates of physical identities, by type token; each area has a table of its own.

A template's place in its table is its turn: it may use what stands above it.
"""

from __future__ import annotations

from typing import Final

from preview.engine.physical import Template
from preview.engine.physical_compute import COMPUTE
from preview.engine.physical_data import DATA
from preview.engine.physical_network import NETWORK
from preview.engine.physical_operations import OPERATIONS
from preview.engine.physical_values import VALUES

TEMPLATES: Final[dict[str, dict[str, Template]]] = {**NETWORK, **COMPUTE, **DATA, **OPERATIONS, **VALUES}

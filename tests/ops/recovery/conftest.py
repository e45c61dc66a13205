"""One simulated AWS for each module, put back before each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from .world import World, laid_out

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture(scope="package")
def laid_out_world() -> Iterator[World]:
    with patch.dict(os.environ, CREDENTIALS), laid_out() as world:
        yield world


@pytest.fixture
def world(laid_out_world: World) -> World:
    laid_out_world.reset()
    return laid_out_world

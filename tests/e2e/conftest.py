"""A world for each test that wants one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The usual desk: one hedge account; Ann and Bo operate, Vic looks, Cy has no account, Eve is not listed."""
    async with World(folder=tmp_path) as running:
        yield running

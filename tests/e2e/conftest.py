"""A world for each test that wants one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The usual desk: one hedge account, Ann and Bo operators, Vic a viewer, Cy without accounts, Eve a stranger."""
    async with World(folder=tmp_path) as running:
        yield running

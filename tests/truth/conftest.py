"""Schedules play faster when the collector leaves alone what is there for good: `campaign.settled`."""

import gc
from collections.abc import Iterator

import pytest

from tests.truth.campaign import settled


@pytest.fixture(autouse=True, scope="module")
def _settled() -> Iterator[None]:
    thresholds = gc.get_threshold()
    settled()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()

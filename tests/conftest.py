"""What holds for every test: time stands still while the machine runs something else."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.fair import FairLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    """The one loop that tests run on."""
    del config, item
    return {"fair": FairLoop}

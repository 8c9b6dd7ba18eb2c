"""The order of the run: what takes longest begins first, so that it does not run alone at the end."""

import pytest

_FIRST = ("tests/truth/", "tests/crash/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the campaigns first; within a file nothing changes."""
    items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))

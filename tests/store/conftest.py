"""Stores to try things on, and processes to try them with."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from bot.store import SqlStore
from tests.store.store_kit import SetClock, opened_at
from tests.store.store_process import Child, Spawn, spawned


@pytest.fixture
def clock() -> SetClock:
    """The store's clock."""
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[SqlStore]:
    """A fresh store in a directory of its own."""
    store = opened_at(tmp_path / "data", "this", clock)
    yield store
    store.close()


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Real processes, forked from one that has imported everything: a start costs milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.store.store_child"])
    return context


@pytest.fixture
def spawn(processes: ForkServerContext) -> Iterator[Spawn]:
    """Starts processes, and ends those that are left."""
    children: list[Child] = []

    def start(target: Callable[..., None], *arguments: object) -> Child:
        children.append(spawned(processes, target, *arguments))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.pipe.close()

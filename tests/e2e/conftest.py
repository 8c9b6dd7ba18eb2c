"""A world for each test that wants one."""

import gc
import os
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import certifi
import pytest

from tests.e2e.setting import Setting
from tests.e2e.world import World


@pytest.fixture(scope="session", autouse=True)
def one_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Everything here is plain HTTP on loopback: to load every root for each client is most of a start."""
    end = "-----END CERTIFICATE-----\n"
    first, found, _ = Path(certifi.where()).read_text("ascii").partition(end)
    file = tmp_path_factory.mktemp("roots") / "one.pem"
    file.write_text(first + found, "ascii")
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(file)
    yield
    if before is None:
        del os.environ["SSL_CERT_FILE"]
    else:
        os.environ["SSL_CERT_FILE"] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """A crash closes nothing: its sockets go here, so that one left open anywhere else still fails a test."""
    yield
    if World.left_open:
        World.left_open = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The usual desk: one hedge account; Ann and Bo operate, Vic looks, Cy has no account, Eve is not listed."""
    async with World(folder=tmp_path) as running:
        yield running


@pytest.fixture
async def on_slack(tmp_path: Path) -> AsyncIterator[World]:
    """The same desk on Slack, and nowhere else."""
    async with World(Setting(chats=("slack",)), folder=tmp_path) as running:
        yield running


@pytest.fixture
async def on_both(tmp_path: Path) -> AsyncIterator[World]:
    """The same desk on Telegram and on Slack."""
    async with World(Setting(chats=("telegram", "slack")), folder=tmp_path) as running:
        yield running

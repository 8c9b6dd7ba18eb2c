"""Two addresses of HTX: which one gets the request, and what is said of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.setting import Setting
from tests.e2e.world import World


def attempts(world: World) -> int:
    """Rows of the audit chain that stand before an attempt."""
    with closing(sqlite3.connect(world.data / "state.sqlite3")) as database:
        return sum('"attempt"' in row for (row,) in database.execute("SELECT row FROM audit"))


async def test_an_address_that_is_down_is_not_tried_first(tmp_path: Path) -> None:
    """The first address of the configuration does not answer: one attempt is enough, at the other one."""
    async with World(Setting(hosts=("dead", "htx")), folder=tmp_path) as world:
        world.place(3)
        await world.run()
        assert attempts(world) == 1
        said = (await world.say("/status", "READY")).text
        assert "✗ 127.0.0.1:" in said
        assert ": connect" in said


async def test_an_address_that_goes_away_at_the_tap(tmp_path: Path) -> None:
    """With the best address gone since its heartbeat each is tried in turn until one takes the request."""
    async with World(Setting(hosts=("htx", "dead")), folder=tmp_path) as world:
        world.place(3)
        card = await world.ask()
        await world.htx.refuse()
        world.ann.taps(card, card.labels[0])
        await world.until(lambda: attempts(world) >= 4, "two rounds over both addresses")
        await world.htx.accept()
        await world.shown("ZERO LEFT")
        assert len(world.posts()) == 1

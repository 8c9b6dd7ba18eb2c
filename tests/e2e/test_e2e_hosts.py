"""How the request is repeated where that is allowed: on which address, and how soon."""

import sqlite3
from contextlib import closing
from pathlib import Path

from simulator.htx import RateLimited, Refuse
from tests.e2e.setting import CANCEL, TIMESTAMP, Setting
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
        assert ": no connection to HTX" in said


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


async def test_a_reset_of_a_day_is_not_believed(tmp_path: Path) -> None:
    """HTX's interval is three seconds: after them the request is repeated, however far off the reset is said."""
    async with World(Setting(), folder=tmp_path) as world:
        world.place(3)
        world.htx.faults.add(RateLimited(reset_ms=86_400_000), CANCEL, times=1)
        card = await world.ask()
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the first attempt")
        await world.move(3.1)
        await world.shown("ZERO LEFT", after=card.id)
        assert len(world.posts()) == 2


async def test_a_reset_that_is_always_over_is_not_hammered(tmp_path: Path) -> None:
    """Refused for the rate with "welcome again at once", the request is repeated at once once, then ever later."""
    async with World(Setting(), folder=tmp_path) as world:
        world.place(3)
        world.htx.faults.add(RateLimited(reset_ms=0), CANCEL)
        card = await world.ask()
        world.ann.taps(card, card.labels[0])
        await world.until(lambda: len(world.posts()) >= 4, "four attempts")
        _, second, third, fourth = (post.received for post in world.posts()[:4])
        assert third - second > 0.15
        assert fourth - third > 0.35
        await world.move(11)
        await world.shown("NOT RUN")
        assert len(world.posts()) <= 10


async def test_a_refusal_has_the_clocks_measured_anew(tmp_path: Path) -> None:
    """Refused for its time: the next one is signed by clocks that were measured since."""
    async with World(Setting(), folder=tmp_path) as world:
        world.place(3)
        world.htx.faults.add(Refuse(code=12001), CANCEL, times=1)
        card = await world.ask()
        before = len(world.htx.requests(TIMESTAMP))
        world.ann.taps(card, card.labels[0])
        await world.shown("NOT RUN", after=card.id)
        await world.until(lambda: len(world.htx.requests(TIMESTAMP)) > before, "the clock is asked", seconds=3)
        assert len(world.posts()) == 1

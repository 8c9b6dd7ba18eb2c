"""Addresses asked side by side: when the next one is asked, and what becomes of those that lose."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.htx.race import SIDE_BY_SIDE, Entry, Race

LATE = 0.3


def answers(after: float, ended: list[int] | None = None) -> Callable[[Entry], Awaitable[int]]:
    """An address that says its own number after some seconds under way."""

    async def ask(entry: Entry) -> int:
        try:
            with entry.under_way():
                await asyncio.sleep(after)
            return entry.host
        finally:
            if ended is not None:
                ended.append(entry.host)

    return ask


async def heard(race: Race[int]) -> list[int]:
    return [said for _, said in await race.news()]


async def test_the_next_is_not_asked_while_the_first_is_in_time() -> None:
    """An address that answers in time runs alone."""
    async with Race[int](LATE) as race:
        assert race.has_room()
        race.enter(0, answers(0.01))
        await asyncio.sleep(0)
        assert not race.has_room()
        assert await heard(race) == [0]
        assert race.has_room()


async def test_one_that_is_late_makes_room_and_may_still_win() -> None:
    """It stays in the race, is named as late, and its answer counts if it comes first."""
    async with Race[int](LATE) as race:
        race.enter(0, answers(1.0))
        assert await heard(race) == []
        assert race.has_room()
        race.enter(1, answers(5))
        while not (news := await race.news()):
            pass
        ((winner, said),) = news
        assert said == 0
        assert race.outrun_by(winner) == set()


async def test_who_was_asked_first_and_is_silent_is_outrun() -> None:
    """The late one is named when another answers, unless it is the same address."""
    for second, outrun in ((1, {0}), (0, set[int]())):
        async with Race[int](LATE) as race:
            race.enter(0, answers(5))
            assert await heard(race) == []
            race.enter(second, answers(0))
            ((winner, _),) = await race.news()
            assert race.outrun_by(winner) == outrun


async def test_who_waits_for_its_turn_is_not_late() -> None:
    """Only what is under way counts: an address that was not asked yet cannot be late."""

    async def held_back(entry: Entry) -> int:
        await asyncio.sleep(3 * LATE)
        return await answers(0)(entry)

    async with Race[int](LATE) as race:
        race.enter(0, held_back)
        news: list[int] = []
        while not news:
            assert not race.has_room()
            news = await heard(race)
        assert news == [0]


async def test_no_more_than_two_run_at_once() -> None:
    """An exchange that hangs altogether holds few connections; losers are ended with the race."""
    ended: list[int] = []
    async with Race[int](LATE) as race:
        for host in range(SIDE_BY_SIDE):
            assert race.has_room()
            race.enter(host, answers(5, ended))
            assert await heard(race) == []
        assert not race.has_room()
    assert sorted(ended) == list(range(SIDE_BY_SIDE))


async def test_a_race_may_be_ended_before_all_have_answered() -> None:
    """Those that run are waited for, and no longer than that; who was not heard is known."""
    async with Race[int](LATE) as race:
        race.enter(0, answers(5))
        race.end_in(0.5)
        while race.goes_on():
            assert await heard(race) == []
        assert race.unheard() == [0]


async def test_what_an_address_raises_ends_the_race() -> None:
    """A key that does not open is nobody's trouble but the asker's; the others are ended."""
    ended: list[int] = []

    async def breaks(entry: Entry) -> int:
        raise LookupError(entry.host)

    async def run() -> None:
        async with Race[int](LATE) as race:
            race.enter(0, answers(5, ended))
            await race.news()
            race.enter(1, breaks)
            await race.news()

    with pytest.raises(LookupError):
        await run()
    assert ended == [0]


async def test_without_a_limit_nobody_is_late() -> None:
    """What is in no hurry asks one address after the other."""
    async with Race[int](float("inf")) as race:
        race.enter(0, answers(0.02))
        await asyncio.sleep(0.01)
        assert not race.has_room()
        assert await heard(race) == [0]

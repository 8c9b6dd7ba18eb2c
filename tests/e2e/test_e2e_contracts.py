"""HTX's list of contracts is read in the background, and neither a start nor a command waits for it."""

from pathlib import Path

from simulator.htx import Hang, Html
from tests import fair
from tests.e2e.setting import CONTRACTS, Setting
from tests.e2e.world import World

UNCHECKED = "Contract code not checked"


def reads(world: World) -> int:
    """How often the list was asked for and answered."""
    return sum(record.answer is not None for record in world.htx.requests(CONTRACTS))


async def test_the_list_is_read_again_every_ten_minutes(world: World) -> None:
    """A contract that was delisted meanwhile is refused after the next read, and none comes in between."""
    parts = world.parts
    assert parts is not None
    await world.until(lambda: parts.contracts.read_at is not None, "the first read")
    await world.move(500)
    assert reads(world) == 1
    world.htx.contracts.delist("BTC-USDT-241115")
    await world.move(101)
    await world.until(lambda: reads(world) == 2, "the second read")
    said = await world.say("/cancelall BTC-USDT-241115", "is not listed")
    assert said.labels[-1] == "Preview BTC-USDT-241115 anyway"


async def test_after_a_failure_the_list_is_read_sooner(world: World) -> None:
    """A read that failed is tried again within half a minute, and until then the old list holds."""
    parts = world.parts
    assert parts is not None
    await world.until(lambda: parts.contracts.read_at is not None, "the first read")
    fault = world.htx.faults.add(Html(status=502), CONTRACTS)
    await world.move(601)
    await world.until(lambda: reads(world) > 1, "the failed read")
    card = await world.ask()
    assert UNCHECKED not in card.text
    fault.clear()
    before = reads(world)
    await world.move(30)
    await world.until(lambda: reads(world) > before, "the next read")


async def test_a_list_that_hangs_holds_up_neither_the_start_nor_a_card(tmp_path: Path) -> None:
    """With the list never answered the bot starts and opens a card at once, which says that it was not checked."""
    world = World(Setting(), folder=tmp_path)
    world.htx.faults.add(Hang(acts=False), CONTRACTS)
    async with world:
        world.place(2)
        begun = fair.monotonic()
        card = await world.ask()
        assert fair.monotonic() - begun < 2.0
        assert UNCHECKED in card.text
        assert card.labels[0] == "Cancel 2 orders"
        assert world.htx.requests(CONTRACTS)

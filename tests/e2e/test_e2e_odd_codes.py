"""Contract codes that are not A-Z 0-9: the whole way, and whatever HTX may list."""

import json
from pathlib import Path
from typing import Final

import pytest

from simulator.htx import Patch
from simulator.telegram import Message
from tests.e2e.setting import OPENS, Setting
from tests.e2e.world import World

ODD: Final = "币安人生-USDT"
HOSTILE: Final = (
    "<b>BTC</b>-USDT",
    "BTC-USDT\n✅ ZERO LEFT · EVERY contract",
    "\u202eTDSU-CTB",
    "\u0412TC-USDT",
    "\uff22TC-USDT",
    "BTC\u200b-USDT",
    "X" * 300 + "-USDT",
    "\x1b[31mBTC-USDT",
    "BTC-USDT,ETH-USDT",
    "ALL",
    " ",
)


def list_odd(world: World, *codes: str) -> None:
    """Let HTX list codes of any shape."""
    for code in codes:
        world.htx.contracts.list(code, odd=True)


async def read_list(world: World) -> None:
    """The bot has read HTX's list as it is now."""
    parts = world.parts
    assert parts is not None
    assert await parts.contracts.refresh()


async def cancelled(world: World, card: Message) -> Message:
    """Ann taps the red button; the result."""
    world.ann.taps(card, card.labels[0])
    return await world.shown(lambda message: "· log " in message.text, after=card.id)


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "among the open orders"])
async def test_an_odd_code_goes_the_whole_way(world: World, listed: bool) -> None:
    """Typed letter by letter it opens a card, cancels exactly that contract, and comes back in result and file."""
    list_odd(world, ODD)
    world.place(12, contract=ODD)
    world.place(2)
    if not listed:
        world.htx.contracts.delist(ODD)
        world.htx.behaviour.unknown_contract = None  # the list is behind: what it lacks is served
    await read_list(world)
    card = await world.ask(f"/cancelall {ODD} buy long")
    assert card.text.startswith(f"🛑 Cancel 12? {ODD} BUY LONG")
    result = await cancelled(world, card)
    assert result.text.startswith(f"✅ ZERO LEFT · {ODD} BUY LONG")
    (post,) = world.posts()
    assert json.loads(post.body) == {"contract_code": ODD, "side": "buy", "position_side": "long"}
    file = await world.shown(lambda message: bool(message.documents), after=card.id)
    assert file.documents[0].content.decode().count(f",{ODD},buy,long,") == 12
    assert len(world.account.open_ids()) == 2


async def test_an_odd_code_is_picked_and_listed(world: World) -> None:
    """The picker's button opens its card, and /orders names it."""
    list_odd(world, ODD)
    world.place(3, contract=ODD)
    world.place(1)
    listed = await world.say("/orders", "4 open")
    assert f"{ODD} buy 50 @" in listed.text
    await world.say(f"/orders {ODD}", "3 open")
    picker = await world.say("/cancelall", "Which contract?")
    assert picker.labels[0] == f"{ODD} · 3"
    world.ann.taps(picker, picker.labels[0])
    card = await world.shown("🛑 Cancel 3?", after=picker.id)
    await cancelled(world, card)
    assert json.loads(world.posts()[0].body) == {"contract_code": ODD}
    assert len(world.account.open_ids()) == 1


async def test_an_odd_code_on_slack(tmp_path: Path) -> None:
    """The same on Slack, by slash command."""
    async with World(Setting(chats=("slack",)), folder=tmp_path) as world:
        list_odd(world, ODD)
        world.place(3, contract=ODD)
        await read_list(world)
        card = await world.slack.ask(f"/cancelall {ODD}")
        assert card.text.startswith(f"🛑 Cancel 3? {ODD}")
        world.slack.ann.taps(card, card.labels[0])
        await world.slack.shown("ZERO LEFT", after=card.ts)
        assert json.loads(world.posts()[0].body) == {"contract_code": ODD}


@pytest.mark.parametrize(
    "word", ["\u0412TC-USDT", "\uff22TC-USDT", "BTC\u200b-USDT", "币安人生-usdt", "幣安人生-USDT"]
)
async def test_what_only_looks_like_a_code_is_refused_and_named(world: World, word: str) -> None:
    """Letter by letter or not at all: a look-alike is refused by its character, whatever is listed and open."""
    list_odd(world, ODD)
    world.place(1, contract=ODD)
    world.place(1, contract="BTC-USDT")
    await read_list(world)
    odd = next(char for char in word if not char.isascii())
    told = await world.say(f"/cancelall {word}", f"U+{ord(odd):04X}")
    assert "Nothing was sent." in told.text
    assert not world.posts()


async def test_without_list_and_orders_an_odd_code_cannot_be_checked(world: World) -> None:
    """Where HTX cannot be read, it is said that nobody knows, and how to go on."""
    world.htx.faults.add(Patch(changes={"code": 1200}), OPENS)
    told = await world.say(f"/cancelall {ODD}", "could not be checked")
    assert "Nothing was sent." in told.text


async def test_nothing_htx_lists_breaks_a_card_or_passes_for_another_contract(world: World) -> None:
    """Hostile codes are shown by their numbers, on one line and cut; none fires for what it is not."""
    list_odd(world, *HOSTILE)
    world.place(2, contract="BTC-USDT")
    for code in HOSTILE:
        world.place(1, contract=code)
    await read_list(world)
    last = await world.say("/orders", "13 open")
    picker = await world.say("/cancelall", "Which contract?")
    card = await world.ask("/cancelall ALL")
    elsewhere = await world.ask("/cancelall ETH-USDT")
    for message in (last, picker, card, elsewhere):
        text = "\n".join((message.text, *message.labels))
        assert not set("\u202e\u0412\uff22\u200b\x1b") & set(text)
        assert "\n✅" not in text
        assert "<b>" not in text
        assert "X" * 100 not in text
        assert all(len(label) <= 75 and "\n" not in label for label in message.labels)
        assert len(message.text.splitlines()) <= 14
    names = [label.rpartition(" · ")[0] for label in picker.labels]
    assert sorted(names) == ["<U+0412>TC-USDT", "<U+FF22>TC-USDT", "All contracts", "BTC-USDT"]
    cyrillic = next(label for label in picker.labels if "<U+0412>" in label)
    world.ann.taps(picker, cyrillic)
    odd = await world.shown("🛑 Cancel 1? <U+0412>TC-USDT ALL SIDES", after=picker.id)
    await cancelled(world, odd)
    assert json.loads(world.posts()[0].body) == {"contract_code": "\u0412TC-USDT"}
    assert len(world.account.open_ids()) == 12


async def test_everything_takes_what_cannot_be_named(world: World) -> None:
    """A card for every contract cancels orders with hostile codes, too, and its file names them escaped."""
    list_odd(world, *HOSTILE)
    for code in HOSTILE:
        world.place(1, contract=code)
    card = await world.ask("/cancelall ALL")
    result = await cancelled(world, card)
    assert result.text.startswith("✅ ZERO LEFT")
    file = await world.shown(lambda message: bool(message.documents), after=card.id)
    lines = file.documents[0].content.decode().splitlines()
    assert len(lines) == len(HOSTILE) + 1
    assert len(world.posts()) == 1

"""Cards whose preview is late, or fails: they say so, say why, and stay as good a switch as they can be."""

from pathlib import Path

import pytest

from simulator.htx import Fault, Hang, Html, Maintain, RawBody, Refuse
from simulator.telegram import Message
from tests.e2e.setting import ALGO_OPENS, CONTRACT, OPENS, ORDER, Setting
from tests.e2e.world import World

READING = "Reading HTX… you can tap now"
UNKNOWN = "Cancel orders (count unknown)"
TWO = {"main": "dual_side", "alt": "dual_side"}

WHYS: list[tuple[Fault, str]] = [
    (Refuse(code=1100), "Not read: HTX refused the API key: it lacks the Trade permission (1100)."),
    (Refuse(code=12005), "Not read: HTX refused the API key: this host's IP address is not on the API key's list"),
    (Refuse(code=1411), "Not read: HTX answered nothing usable (code 1411)."),
    (Maintain(), "Not read: HTX says: maintenance is running."),
    (Html(status=502), "Not read: HTX answered nothing usable."),
    (RawBody(body=b"ok"), "Not read: HTX answered nothing usable."),
]


async def told(world: World, card: Message, text: str) -> Message:
    """The card, once it holds a text."""
    return await world.shown(lambda message: message.id == card.id and text in message.text, after=card.id - 1)


@pytest.mark.parametrize(("fault", "why"), WHYS, ids=repr)
async def test_a_card_says_why_it_could_not_be_read(fault: Fault, why: str, world: World) -> None:
    """In plain words, with the button where it belongs, and the count as soon as one can be read."""
    world.place(3)
    world.htx.faults.add(fault, OPENS)
    card = await told(world, await world.ask(), why)
    assert "not read yet" not in card.text.lower()
    assert READING not in card.text
    assert "A tap may still work; if not, use the HTX app." in card.text
    assert card.labels == (UNKNOWN, "Keep orders")
    world.htx.faults.clear()
    await world.move(2.1)
    again = await told(world, card, "Cancel 3?")
    assert again.labels == ("Cancel 3 orders", "Keep orders")
    world.ann.taps(again, again.labels[0])
    assert "3 cancelled" in (await world.shown("· log ", after=card.id)).text


async def test_a_card_that_is_being_read_says_so(world: World) -> None:
    """While HTX is silent the card can be tapped, and says that it is being read; then the count comes."""
    world.place(2)
    hang = world.htx.faults.add(Hang(), OPENS, times=3)
    card = await world.ask()
    assert READING in card.text
    assert card.labels[0] == UNKNOWN
    hang.clear()
    assert "Read " in (await told(world, card, "Cancel 2?")).text


async def test_a_tap_on_an_unread_card_works(world: World) -> None:
    """Reads fail and the cancel-all does not: it is sent, and proved once reads go again."""
    world.place(2)
    world.htx.faults.add(Html(status=502), OPENS, ALGO_OPENS, ORDER)
    card = await told(world, await world.ask(), "Not read: ")
    world.ann.taps(card, UNKNOWN)
    await world.until(lambda: len(world.posts()) == 1, "the cancel-all")
    world.htx.faults.clear()
    assert "✅ ZERO LEFT" in (await world.shown("· log ", after=card.id)).text


async def test_without_a_connection_the_card_says_so(tmp_path: Path) -> None:
    """Nothing listens at HTX's address: the card comes in time, and says it."""
    async with World(Setting(hosts=("dead",)), folder=tmp_path) as world:
        card = await told(world, await world.ask(), "Not read: no connection to HTX.")
        assert card.labels[0] == UNKNOWN


async def test_after_a_restart_a_card_is_read_on(world: World) -> None:
    """The process that was reading is gone: its successor reads, and the card says what it found."""
    world.place(2)
    world.htx.faults.add(Hang(), OPENS)
    card = await world.ask()
    assert READING in card.text
    await world.noted()
    await world.crash()
    world.htx.faults.clear()
    await world.start()
    assert "Cancel 2 orders" in (await told(world, card, "Cancel 2?")).labels


async def test_without_a_key_there_is_no_red_button(tmp_path: Path) -> None:
    """One account without a key has no card; among several it is named, and the others go."""
    setting = Setting(accounts=TWO, keyless=("alt",))  # type: ignore[arg-type]
    async with World(setting, folder=tmp_path) as world:
        world.place(2)
        for verb in ("cancelall", "drill"):
            said = await world.say(f"/{verb} @alt {CONTRACT} buy long", "the API key of alt cannot be opened.")
            assert not any("ancel" in label for label in said.labels)
            assert "Use the HTX app." in said.text
        card = await told(world, await world.ask(f"/cancelall @all {CONTRACT} buy long"), "Not read: alt (its API")
        world.ann.taps(card, card.labels[0])
        result = await world.shown("· log ", after=card.id)
        assert "alt NOT RUN, main ZERO LEFT" in result.text
        assert world.account.open_ids() == ()
        picker = await world.say("/cancelall @all buy long", "Which contract?")
        assert "alt is not counted: its API key cannot be opened." in picker.text
        assert "0 open BUY LONG orders" in picker.text


async def test_one_account_that_cannot_be_read_blanks_no_picker(tmp_path: Path) -> None:
    """The counts of the others stand, and the one that is missing is named with its reason."""
    async with World(Setting(accounts=TWO), folder=tmp_path) as world:  # type: ignore[arg-type]
        world.place(2)
        other = world.accounts["alt"]
        other.secret_of[other.access_key] = "another secret"
        picker = await world.say("/cancelall @all buy long", "Which contract?")
        assert "Your accounts have 2 open BUY LONG orders." in picker.text
        assert "alt is not counted: HTX refused the API key" in picker.text
        assert picker.labels == (f"{CONTRACT} · 2", "All contracts · 2")

"""Nobody who is listed is met with silence on Telegram, whatever they type, and nobody else is bothered."""

import asyncio
from typing import Any, Final

import pytest

from simulator.telegram import Message, Person, Said
from tests.e2e.lock import locked
from tests.e2e.setting import CONTRACT, DESK, PATIENCE, Setting
from tests.e2e.world import World

CARD: Final = f"? {CONTRACT}"
WORDS: Final = f"cancelall {CONTRACT} buy long"
BOT: Final = "kill_switch_bot"


@pytest.fixture
def world(world: World) -> World:
    """The usual desk, with orders."""
    world.place(2)
    return world


async def answer(world: World, said: Said, what: str = "") -> Message:
    """What the bot said to a message, where it stands."""
    where = said.message.chat.id

    def wanted(message: Message) -> bool:
        return message.by_bot and message.reply_to == said.id and what in message.text

    return await world.telegram.wait_for(where, wanted, after=said.id, timeout=PATIENCE)


async def quiet(world: World, who: Person) -> None:
    """Whatever came before has been worked on: a command that comes after it is answered."""
    await answer(world, who.says(who, "/help"))
    await asyncio.sleep(0.15)


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        WORDS.title(),
        f"／{WORDS}",
        f"//{WORDS}",
        f"/ {WORDS}",
        f"\u200b/{WORDS}",
        f"\u00a0/{WORDS}",
        f"\u2060\ufeff{WORDS}",
        f"@{BOT} /{WORDS}",
        f"@{BOT.upper()}: {WORDS}",
        f"{WORDS} @{BOT}",
        f"cancelall@{BOT} {CONTRACT} buy long",
    ],
)
async def test_what_can_mean_nothing_else_is_understood_in_private(world: World, text: str) -> None:
    """However the slash, the name and the blanks in front are typed: there is the card."""
    await answer(world, world.ann.says(world.ann, text), CARD)
    assert not world.posts()


@pytest.mark.parametrize(
    ("text", "says", "offers"),
    [
        ("/cancelall@kil_switch_bot ALL", "not my name", "Preview ALL"),
        (f"/cancelall@{BOT}@main {CONTRACT}", "A blank is missing", f"Preview @main {CONTRACT}"),
        (f"hey @{BOT} cancelall {CONTRACT}", "inside a sentence", f"Preview {CONTRACT}"),
        (f"{CONTRACT} buy", "not a command", f"Preview {CONTRACT} buy"),
        ("/cancelall BTC-USDT-24115", "Did you mean", f"Preview {CONTRACT}"),
        (f"/cancelall {CONTRACT}. buylong", "Did you mean", f"Preview {CONTRACT} buy long"),
        ("/orders longbuy", "Did you mean", "Show orders buy long"),
        ("/cancelall btc sell-short", "Did you mean", "Preview BTC-USDT sell short"),
        ("/drill BTCUSDT", "Did you mean", "DRILL: drill BTC-USDT"),
        ("stauts", "Did you mean /status?", "/status"),
        ("hello", "not a command", None),
        ("\u200b", "not a command", None),
    ],
)
async def test_what_could_mean_two_things_is_answered_and_offered(
    world: World, text: str, says: str, offers: str | None
) -> None:
    """One sentence with an example, and a button that asks for what was probably meant: it never fires."""
    told = await answer(world, world.ann.says(world.ann, text), says)
    assert "Nothing was sent." in told.text
    assert told.labels == ((offers,) if offers else ())
    for label in told.labels:
        world.ann.taps(told, label)
        await world.telegram.wait_for(world.ann.id, lambda message: message.by_bot, PATIENCE, after=told.id)
    assert not world.posts()


@pytest.mark.parametrize(
    "text", ["STOP", "stop!!!", "/stop", "Halt", "PANIC", "kill", "cancel all", "/cancelall stop"]
)
async def test_an_alarm_shows_the_way_and_never_fires(world: World, text: str) -> None:
    """STOP is answered with a button for a card for everything; only the card's own button cancels."""
    way = await answer(world, world.ann.says(world.ann, text), "Nothing is cancelled yet")
    world.ann.taps(way, "Preview ALL contracts")
    card = await world.telegram.wait_for(world.ann.id, "🛑 Cancel ALL 2 orders in EVERY contract?", PATIENCE)
    assert card.labels[0] == "Cancel 2 orders"
    assert not world.posts()


async def test_an_alarm_is_for_all_accounts_and_not_for_viewers(tmp_path: Any) -> None:  # noqa: ANN401 a path
    """With two accounts the way leads to one card for both; a viewer is told to ask an operator."""
    async with World(Setting(accounts={"main": "dual_side", "alt": "dual_side"}), folder=tmp_path) as world:
        world.place(2)
        world.place(1, account="alt")
        way = await answer(world, world.ann.says(world.ann, "STOP"), "Nothing is cancelled yet")
        world.ann.taps(way, "Preview ALL contracts")
        await world.telegram.wait_for(world.ann.id, "🛑 Cancel ALL 3", PATIENCE)
        await answer(world, world.vic.says(world.vic, "STOP"), "Ask an operator.")
        assert not world.posts()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"photo": True, "text": f"/{WORDS}"}, "I read no captions"),
        ({"photo": True}, "I read text only"),
        *(
            ({"media": media}, "I read text only")
            for media in (
                {"sticker": {"file_id": "a", "file_unique_id": "b", "type": "regular", "width": 1, "height": 1,
                             "is_animated": False, "is_video": False}},
                {"voice": {"file_id": "a", "file_unique_id": "b", "duration": 3}},
                {"document": {"file_id": "a", "file_unique_id": "b"}},
                {"location": {"latitude": 1.0, "longitude": 2.0}},
                {"contact": {"phone_number": "1", "first_name": "Bo"}},
                {"dice": {"emoji": "🎲", "value": 3}},
                {"video_note": {"file_id": "a", "file_unique_id": "b", "length": 3, "duration": 3}},
            )
        ),
    ],
    ids=repr,
)  # fmt: skip
async def test_what_is_no_text_gets_one_sentence(world: World, how: dict[str, Any], says: str) -> None:
    """A caption, a sticker, a voice message: one sentence, to somebody listed, and nothing is run."""
    await answer(world, world.ann.says(world.ann, **how), says)
    world.eve.says(world.eve, **how)
    await quiet(world, world.ann)
    assert not world.posts()


async def test_an_album_and_a_live_location_are_not_answered_piece_by_piece(world: World) -> None:
    """Ten pictures sent at once get one sentence; a place that moves gets one, not one a second."""
    said = [world.ann.says(world.ann, photo=True, extra={"media_group_id": "7"}) for _ in range(10)]
    place = world.ann.says(world.ann, media={"location": {"latitude": 1.0, "longitude": 2.0, "live_period": 60}})
    await answer(world, place)
    for _ in range(3):
        world.ann.says(world.ann, "", edits=place.id)
    await quiet(world, world.ann)
    heard = [message.reply_to for message in world.telegram.messages(world.ann) if message.by_bot]
    assert len([id_ for id_ in heard if id_ in {one.id for one in said}]) == 1
    assert heard.count(place.id) == 1


async def test_edits_in_private_are_answered(world: World) -> None:
    """Whatever is edited in private: one sentence, and what it became is offered as a new card."""
    said = world.ann.says(world.ann, "hello")
    await answer(world, said, "not a command")
    world.ann.says(world.ann, WORDS, edits=said.id)
    told = await answer(world, said, "An edited message is not a command.")
    assert told.labels == (f"Preview {CONTRACT} buy long",)


@pytest.mark.parametrize(
    "text",
    [f"@{BOT} {WORDS}", f"{WORDS} @{BOT}", f"/cancelall@{BOT} {CONTRACT} buy long", f"- @{BOT} /{WORDS}"],
)
async def test_in_a_group_our_name_makes_it_ours(world: World, text: str) -> None:
    """A mention in front, behind or on the command: there is the card."""
    await answer(world, world.ann.says(world.desk, text), CARD)


async def test_a_groups_talk_and_service_messages_are_left_alone(tmp_path: Any) -> None:  # noqa: ANN401 a path
    """Even where the bot sees everything: talk, other bots' commands, joining and pinning are not answered."""
    world = World(folder=tmp_path)
    world.telegram.world.privacy = False
    async with world:
        world.place(2)
        card = await world.ask()
        pinned: dict[str, Any] = {
            "pinned_message": {"message_id": 1, "date": 1, "chat": {"id": DESK, "type": "group"}}
        }
        joined: dict[str, Any] = {"new_chat_members": [{"id": 77, "is_bot": False, "first_name": "New"}]}
        for where in (world.desk, world.ann):
            for extra in (pinned, joined, {"group_chat_created": True}):
                world.ann.says(where, extra=extra)
        for text in (
            "hello",
            "STOP",
            "cancelall ALL",
            "help",
            "/weather",
            "/stop",
            "/orders@other_bot",
            "ask @bo",
        ):
            world.ann.says(world.desk, text)
        world.ann.says(world.desk, "thanks", reply_to=card.id)
        world.ann.says(world.desk, photo=True)
        world.robot.says(world.desk, f"@{BOT} {WORDS}")
        await quiet(world, world.ann)
        assert [message.id for message in world.telegram.messages(world.desk) if message.by_bot] == [card.id]
        await answer(world, world.ann.says(world.desk, "STOP", reply_to=card.id), "Nothing is cancelled yet")
        await answer(world, world.ann.says(world.desk, f"thanks @{BOT}"), "inside a sentence")


async def test_a_renamed_bot_is_found_under_both_names(world: World) -> None:
    """Renamed at BotFather while it runs: the new name works at once, the old one too, also after a restart."""
    world.telegram.world.privacy = False  # what Telegram itself takes for another bot's is held back otherwise
    world.telegram.rename_bot("desk_stop_bot")
    for name in ("desk_stop_bot", BOT):
        await answer(world, world.ann.says(world.desk, f"/orders@{name} {CONTRACT}"), "2 open")
        await answer(world, world.ann.says(world.desk, f"@{name} orders {CONTRACT}"), "2 open")
    await answer(world, world.ann.says(world.desk, "/orders@desk_stpo_bot"), "not my name")
    await world.stop()
    await world.start()
    for name in ("desk_stop_bot", BOT):
        await answer(world, world.ann.says(world.desk, f"/orders@{name} {CONTRACT}"), "2 open")


async def test_a_bot_that_was_renamed_while_it_was_down_knows_its_old_name(world: World) -> None:
    """What people have typed for months works on after a new name and a restart."""
    await world.stop()
    world.telegram.world.privacy = False
    world.telegram.rename_bot("desk_stop_bot")
    await world.start()
    await answer(world, world.ann.says(world.desk, f"/orders@{BOT} {CONTRACT}"), "2 open")


async def test_strangers_are_told_once_an_hour_and_not_for_ever(world: World) -> None:
    """Each hears the id once an hour in private, twenty of them all together, and no row is written for it."""
    crowd = [world.telegram.person(id=1000 + n, first_name=f"S{n}") for n in range(25)]
    for who in crowd:
        for text in ("hello", "/cancelall ALL", "STOP"):
            who.says(who, text)
        who.says(who, photo=True)
    await quiet(world, world.ann)
    told = [[m for m in world.telegram.messages(who) if m.by_bot] for who in crowd]
    assert sorted(len(heard) for heard in told) == [0] * 5 + [1] * 20
    every = [message.text for heard in told for message in heard]
    assert all(text.startswith("You are not on the list. Your id: 10") for text in every)
    assert b"You are not on the list" not in world.written()
    assert not world.posts()


async def test_with_the_store_full_every_command_is_answered(world: World) -> None:
    """Each command of one minute hears that it was not run, and which one; so does a picture."""
    with locked(world):
        for number, text in enumerate((f"/{WORDS}", "/cancelall ALL", "STOP", "hello"), start=1):
            world.ann.says(world.ann, text)
            told = f"This answers: {text.removeprefix('/')}"
            await world.telegram.wait_for(world.ann.id, told, 15.0)
            heard = [m for m in world.telegram.messages(world.ann) if "I cannot write my log" in m.text]
            assert len(heard) == number
        world.ann.says(world.ann, photo=True)
        await world.telegram.wait_for(world.ann.id, "I read text only", 15.0)
    assert not world.posts()

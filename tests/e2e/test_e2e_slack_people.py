"""Who is really talking on Slack, and where: other teams, other apps, other channels, made-up payloads."""

import asyncio
import json
from typing import Any, Final

import pytest

from simulator.htx import Patch, Record, Refuse
from simulator.slack import Message, Person, Said
from tests.e2e.setting import CANCEL, CONTRACT, OPENS, PATIENCE
from tests.e2e.slack_screen import SlackScreen
from tests.e2e.world import World

HOSTILE: Final = (
    "<!channel>",
    "<@U12>",
    "<!here|x>",
    "<https://evil.test|Confirm>",
    "https://evil.test/x",
    "@channel",
    "*b* _i_ `c` &lt;!everyone&gt;",
)
"""What a name, an order or a message of HTX's may hold."""


@pytest.fixture
def world(on_slack: World) -> World:
    """A desk on Slack, with orders."""
    on_slack.place(3)
    return on_slack


def answered(record: Record) -> Any:  # noqa: ANN401 JSON
    """The JSON of HTX's answer."""
    assert record.answer is not None
    return json.loads(record.answer.body)


async def settle(world: World) -> None:
    """Let everything that was said be answered: a command that comes after all is answered after all."""
    last = world.slack.last()
    world.slack.slash("/cancelall log 1")
    await world.slack.shown("mass cancel", after=last)
    await asyncio.sleep(0.1)


async def test_a_user_of_another_team_can_tap_and_fires_nothing(world: World) -> None:
    """In a shared channel somebody of another team taps: refused, told alone, logged; the card is as it was."""
    slack = world.slack
    card = await slack.ask()
    await slack.mallory.taps(card, card.labels[0]).settled()
    told = await slack.whispered("Only Ann or Bo can confirm this. Your tap was recorded.", slack.mallory)
    assert told.only_for == "U99"
    await settle(world)
    assert not world.posts()
    assert slack.sim.messages(slack.desk)[0].labels == card.labels
    assert b"T9/U99" in world.written()


async def test_a_listed_user_id_of_another_team_is_nobody(world: World) -> None:
    """The id of a member in a payload of another team is not that member, at the command and at the tap."""
    slack = world.slack
    card = await slack.ask()
    before = len(slack.posted(""))
    other: dict[str, Any] = {"id": "U11", "name": "ann", "team_id": "T9"}
    slack.ann.taps(card, card.labels[0], made_up=True, user=other)
    slack.ann.taps(card, card.labels[0], made_up=True, user={"id": "U11", "name": "ann"})
    await slack.mallory.slash(slack.desk, "/cancelall ALL", made_up=True).settled()
    slack.ann.slash(slack.desk, "/cancelall ALL", made_up=True, team_id="T9")
    slack.ann.mentions(slack.desk, "@bot cancelall ALL", marks={"team": "T9", "user_team": "T9"})
    await settle(world)
    assert not world.posts()
    assert [m.text.partition("\n")[0] for m in slack.posted("")[before:]] == ["The last mass cancel"]


async def test_our_own_and_other_apps_users_are_not_heard(world: World) -> None:
    """Taps and mentions by the bot's own user, and mentions by other apps, are passed over in silence."""
    slack = world.slack
    card = await slack.ask()
    robot = slack.sim.person(id="U77", name="Robot", app="A7")
    slack.desk.members.add(robot.id)
    slack.sim.me.taps(card, card.labels[0])
    slack.sim.me.mentions(slack.desk, "@bot cancelall ALL")
    before = len(slack.posted(""))
    robot.mentions(slack.desk, "@bot cancelall ALL")
    slack.ann.mentions(slack.desk, "@bot cancelall ALL", via_app="A9")
    await settle(world)
    assert not world.posts()
    assert len(slack.posted("")) == before + 1
    assert not [m for m in slack.sim.world.private if m.only_for != slack.ann.id]


async def test_what_is_said_to_the_bot_in_any_way_is_answered(world: World) -> None:
    """Bold, in a list, in a sentence, in a direct message, with a picture: nobody waits for a word in vain."""
    slack = world.slack
    last = slack.last()
    slack.ann.mentions(slack.desk, f"*@bot cancelall {CONTRACT} buy long*")
    card = await slack.shown("🛑 Cancel 3?", after=last)
    assert "Asked by Ann" in card.text.splitlines()
    slack.ann.mentions(slack.desk, "• @bot orders")
    await slack.shown("3 open", after=card.ts)
    slack.ann.mentions(slack.desk, f"somebody ask @bot to cancelall {CONTRACT}")
    told = await slack.whispered("My name stands inside a sentence")
    assert told.labels == (f"Preview {CONTRACT}",)
    slack.ann.mentions(slack.desk, "@bot STOP")
    way = await slack.whispered("Nothing is cancelled yet")
    assert way.labels == ("Preview ALL contracts", "Choose a contract")
    slack.ann.taps(way, "Preview ALL contracts")
    await slack.shown("🛑 Cancel ALL 3 orders in EVERY contract?", after=card.ts)
    assert not world.posts()


async def test_a_direct_message_is_heard_and_our_own_are_not(world: World) -> None:
    """In private no slash is needed, everything is answered once, and what the bot says there answers nothing."""
    slack = world.slack
    room = slack.sim.world.direct(slack.ann.id)

    async def answer(said: Said, text: str) -> Message:
        return await slack.sim.wait_for(room, text, PATIENCE, after=said.ts)

    said = slack.ann.says(slack.ann, f"cancelall {CONTRACT} buy long")
    card = await answer(said, "🛑 Cancel 3?")
    assert "Asked by" not in card.text
    await answer(slack.ann.says(slack.ann, "hello"), "That is not a command.")
    talk = slack.ann.says(slack.ann, "BTC-USDT-241115 buylong")
    assert (await answer(talk, "That is not a command.")).labels == (f"Preview {CONTRACT} buy long",)
    slack.ann.edits(talk, "orders")
    await answer(talk, "An edited message is not a command.")
    picture = {"subtype": "file_share", "files": [{"id": "F1"}]}
    await answer(slack.ann.says(slack.ann, "orders", marks=picture), "I read no captions")
    before = len(slack.sim.messages(room))
    slack.sim.me.says(slack.ann, "cancelall ALL")
    slack.ann.says(slack.ann, "x", marks={"subtype": "channel_join"})
    await settle(world)
    assert len(slack.sim.messages(room)) == before + 2
    assert not world.posts()


async def test_a_stranger_in_a_direct_message_is_told_the_id_once(world: World) -> None:
    """Somebody who is not listed hears it once an hour in private, and nothing is run."""
    slack = world.slack
    room = slack.sim.world.direct(slack.eve.id)
    for text in ("hello", "cancelall ALL", "STOP"):
        slack.eve.says(slack.eve, text)
    await settle(world)
    told = [message.text for message in slack.sim.messages(room) if message.sender.is_bot]
    assert told == ["You are not on the list. Your id: U15 (team T1). Nothing sent."]
    assert not world.posts()


async def test_an_edited_mention_is_not_a_command(world: World) -> None:
    """A mention that is edited into a command is refused with a sentence, to its author alone."""
    slack = world.slack
    said = slack.ann.mentions(slack.desk, f"@bot cancelall {CONTRACT} byu")
    await slack.whispered("Did you mean")
    slack.ann.edits(said, f"@bot cancelall {CONTRACT} buy")
    await slack.whispered("An edited message is not a command.")
    assert not slack.posted("🛑")


@pytest.mark.parametrize("value", ["", "0" * 22, "c:1", "'; DROP TABLE button; --", "x" * 1990, "\x00"], ids=repr)
async def test_made_up_values_do_nothing(world: World, value: str) -> None:
    """A tap with a made-up value fires nothing, and whoever sent it is told at most that it is not valid."""
    slack = world.slack
    card = await slack.ask()
    slack.ann.taps(card, card.labels[0], value=value)
    for name, other in (("actions", []), ("actions", [{}, {}]), ("user", None), ("channel", "C1"), ("actions", 1)):
        changed: dict[str, Any] = {name: other}
        slack.ann.taps(card, card.labels[0], value=value, **changed)
    await settle(world)
    assert not world.posts()
    assert all("no longer valid" in m.text for m in slack.sim.ephemerals(slack.ann))


async def test_an_old_cards_buttons_are_told_what_became_of_it(world: World) -> None:
    """The buttons of a card that was kept, and an action id of another button, change nothing any more."""
    slack = world.slack
    card = await slack.ask()
    slack.bo.taps(card, "Keep orders", action_id="tap-0")  # the token counts, and nothing else
    await slack.shown(lambda message: "Kept by Bo" in message.text)
    slack.ann.taps(card, card.labels[0])
    await slack.whispered("Kept by Bo")
    assert not world.posts()


async def test_an_unlisted_channel_is_refused_privately(world: World) -> None:
    """In a channel that is not listed a member alone is told which ones are."""
    slack = world.slack
    await slack.slash(where=slack.lobby).settled()
    told = await slack.whispered("This chat (C9) is not on the list.")
    assert "Listed: C1." in told.text
    assert told.channel == "C9"
    assert not slack.sim.messages(slack.lobby)


async def test_a_channel_without_the_bot_is_refused_by_response_url(world: World) -> None:
    """Where the bot is not in, the refusal goes by response_url, and a stranger is told nothing."""
    slack = world.slack
    asked = slack.slash(where=slack.elsewhere)
    told = await slack.whispered("This chat (C8) is not on the list.")
    assert told.only_for == slack.ann.id
    assert slack.sim.responses.uses(asked.response_url) == 1
    strange = await slack.slash(where=slack.elsewhere, who=slack.eve).settled()
    await settle(world)
    assert not slack.sim.responses.uses(strange.response_url)
    assert not slack.sim.ephemerals(slack.eve)


async def test_a_listed_channel_that_the_bot_is_not_in_is_told_of(world: World) -> None:
    """A cancel asked in a listed channel that the bot was thrown out of goes on in private, and can fire there."""
    slack = world.slack
    slack.ann.kicks_bot(slack.desk)
    slack.slash()
    told = await slack.sim.wait_for(slack.ann, "I cannot post in the chat where you asked", PATIENCE)
    assert "invite me with /invite" in told.text
    await slack.ann.taps(told, "Open the card here").settled()
    card = await slack.sim.wait_for(slack.ann, "🛑", PATIENCE)
    assert not world.posts()
    slack.ann.taps(card, card.labels[0])
    await slack.sim.wait_for(slack.ann, "ZERO LEFT", PATIENCE)
    assert len(world.posts()) == 1


async def test_an_old_mention_is_stale(world: World) -> None:
    """A mention that took minutes is answered in its thread and not run; a slash command carries no time."""
    slack = world.slack
    said = slack.ann.mentions(slack.desk, f"@bot cancelall {CONTRACT}", ago_s=360)
    answer = await slack.shown("Not run: you wrote this 6 min ago.")
    assert (answer.thread_ts, answer.labels) == (said.ts, ("Preview now",))
    assert not slack.posted("🛑")


async def test_a_mention_in_a_thread_is_answered_there(world: World) -> None:
    """Asked in a thread, the card, its refusals and its result stay in the thread; what is loud is broadcast."""
    slack = world.slack
    talk = slack.bo.says(slack.desk, "something is wrong")
    slack.ann.mentions(slack.desk, f"@bot cancelall {CONTRACT} buy long", thread=talk.ts)
    card = await slack.shown("🛑")
    await slack.eve.taps(card, card.labels[0]).settled()
    told = await slack.whispered("Only Ann or Bo", slack.eve)
    slack.bo.taps(card, card.labels[0])
    result = await slack.shown("ZERO LEFT")
    assert {card.thread_ts, told.thread_ts, result.thread_ts} == {talk.ts}
    assert (card.broadcast, result.broadcast) == (True, True)
    assert not slack.sim.warnings


@pytest.mark.parametrize("who", ["ann", "eve"])
async def test_nothing_typed_can_call_anybody(world: World, who: str) -> None:
    """Words with mentions, channel calls and links are shown back as plain text, in messages and notifications."""
    slack, person = world.slack, world.slack.people[who]
    for word in HOSTILE:
        person.slash(slack.desk, f"/cancelall {word}", user_name="<!channel>")
        person.slash(slack.desk, "/cancelall whoami", user_name="<!channel>")
        person.mentions(slack.desk, f"@bot cancelall {word}")
    await settle(world)
    assert SlackScreen(world).amiss() == []


async def test_nothing_from_the_exchange_can_call_anybody(world: World) -> None:
    """Contract names and messages of HTX's with mentions and links are shown cleaned, as plain text."""
    slack = world.slack
    slack.slash("/cancelall orders")
    await slack.shown("3 open")
    row = next(answered(record)["data"][0] for record in reversed(world.htx.log) if record.path == OPENS)
    rows = [
        {**row, "contract_code": text, "symbol": text, "order_id": f"{number}", "id": f"{number}"}
        for number, text in enumerate(HOSTILE, start=1)
    ]
    world.htx.faults.add(Patch(changes={"data": [*rows, row]}), OPENS)
    slack.slash("/cancelall orders ")
    slack.slash("/cancelall")
    world.htx.faults.add(Refuse(code=1100, message="<!channel> <https://evil.test|ok>"), CANCEL)
    card = await slack.ask("/cancelall ALL")
    slack.ann.taps(card, card.labels[0])
    await slack.shown("NOT RUN")
    await settle(world)
    told = ["".join((message.text, *message.labels)) for message in slack.posted("")]
    assert not any(word in text for word in HOSTILE for text in told)
    assert sum('contract_code "' in text for text in told) == 2  # the list and the card show them, cleaned
    assert sum("unclear contract" in text for text in told) == 2  # the card and the picker count them
    assert SlackScreen(world).amiss() == []


async def test_a_card_is_what_slack_takes(world: World) -> None:
    """A card's buttons: one a row, the red one first and alone red, the token and nothing else in the value."""
    slack = world.slack
    card = await slack.ask()
    rows = [block for block in card.blocks if block["type"] == "actions"]
    assert [len(row["elements"]) for row in rows] == [1, 1]
    assert [button.style for button in card.buttons] == ["danger", ""]
    assert not any(button.confirm or button.url for button in card.buttons)
    assert all(len(button.value) >= 16 and CONTRACT not in button.value for button in card.buttons)
    tokens = [button.value for button in card.buttons]
    assert not any(token.encode() in world.written() for token in tokens)


async def test_everybody_is_somebody(world: World) -> None:
    """The same member on both chats is one person: the card that Ann asks for on Slack names her."""
    slack = world.slack
    people: tuple[Person, ...] = (slack.ann, slack.bo)
    card = await slack.ask(who=people[0])
    people[1].taps(card, card.labels[0])
    assert "Asked by Ann, confirmed by Bo" in (await slack.shown("ZERO LEFT")).text

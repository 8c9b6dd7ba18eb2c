"""What Slack's payloads mean: who is really talking, where, and which delivery it is; whatever they hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Conversation, Doubt, Identity, Incoming, IncomingTap, OddMessage, Platform
from bot.service import Delivery
from handlers.slack.payloads import Heard, Us, delivery_id, identify, is_echo, read

US: Final = Us(team="T1", bot_user="UBOT")
NOW: Final = datetime(2024, 11, 15, 3, 14, 7, tzinfo=UTC)
DESK: Final = Conversation(platform=Platform.SLACK, chat="C1", thread=None, private=False)


def ann(team: str = "T1") -> Identity:
    return Identity(platform=Platform.SLACK, user=f"{team}/U11")


def slash(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 fields of the payload
    fields = {
        "command": "/cancelall",
        "text": "BTC-USDT buy",
        "team_id": "T1",
        "user_id": "U11",
        "user_name": "ann",
        "channel_id": "C1",
        "trigger_id": "1.2.a",
        "response_url": "https://hooks.slack.com/1",
    }
    return fields | changes


def mention(around: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    event = {
        "type": "app_mention",
        "user": "U11",
        "team": "T1",
        "channel": "C1",
        "ts": "1731640440.000100",
        "text": "<@UBOT> cancelall BTC-USDT buy",
    }
    payload = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event | changes}
    return payload | (around or {})


def tap(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    fields = {
        "type": "block_actions",
        "user": {"id": "U11", "name": "ann", "team_id": "T1"},
        "team": {"id": "T1"},
        "channel": {"id": "C1", "name": "desk"},
        "message": {"ts": "1731640440.000100"},
        "actions": [{"action_id": "tap-0", "value": "token", "action_ts": "1731640447.5"}],
        "trigger_id": "3.4.b",
        "response_url": "https://hooks.slack.com/2",
    }
    return fields | changes


def heard(payload: dict[str, Any], us: Us = US) -> Heard | OddMessage | None:
    return read(Delivery(origin="slack:x", payload=payload, received_at=NOW), us)


def words(payload: dict[str, Any]) -> Incoming:
    found = heard(payload)
    assert isinstance(found, Heard)
    assert isinstance(found.what, Incoming)
    return found.what


def pressed(payload: dict[str, Any]) -> IncomingTap:
    found = heard(payload)
    assert isinstance(found, Heard)
    assert isinstance(found.what, IncomingTap)
    return found.what


def test_a_slash_command_is_its_words() -> None:
    """A slash command is the words of somebody of its team, without a time, with an address to answer."""
    found = heard(slash())
    assert isinstance(found, Heard)
    assert found.response_url == "https://hooks.slack.com/1"
    said = words(slash())
    assert (said.identity, said.conversation, said.text) == (ann(), DESK, "cancelall BTC-USDT buy")
    assert (said.sent_at, said.message, said.origin) == (None, None, "slack:x")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", "cancelall"),
        ("  ", "cancelall"),
        ("ALL", "cancelall ALL"),
        ("orders", "orders"),
        ("ORDERS BTC-USDT", "ORDERS BTC-USDT"),
        ("/status", "status"),
        ("log 3", "log 3"),
        ("drill buy", "drill buy"),
        ("whoami", "whoami"),
        ("help me", "help me"),
        ("cancelall buy", "cancelall buy"),
        ("/cancelall buy", "cancelall buy"),
        ("order", "cancelall order"),
        ("a &lt;b&gt; &amp;lt;", "cancelall a <b> &lt;"),
        ("ALL\u00a0", "cancelall ALL"),
    ],
)
def test_sub_commands_are_our_commands(typed: str, meant: str) -> None:
    """The first word is one of our commands, or else all are words of `cancelall`; Slack's escapes are undone."""
    assert words(slash(text=typed)).text == meant
    assert words(mention(text=f"<@UBOT> {typed}")).text == meant
    assert words(mention(text=f" <@UBOT|killswitch>{typed}")).text == meant


@pytest.mark.parametrize("typed", ["", "BTC-USDT buy", "status", "cancelall ALL"])
def test_the_slash_command_for_drills_can_only_drill(typed: str) -> None:
    """Whatever follows `/drill`, other commands among it, it asks for a drill and for nothing else."""
    assert words(slash(command="/drill", text=typed)).text == f"drill {typed}".rstrip()


def test_a_mention_is_its_words_in_its_thread() -> None:
    """A mention carries its time; outside a thread it begins one, inside it stays there."""
    said = words(mention())
    assert said.sent_at == datetime(2024, 11, 15, 3, 14, 0, 100, tzinfo=UTC)
    assert (said.identity, said.message) == (ann(), "1731640440.000100")
    assert said.conversation.thread == "1731640440.000100"
    assert words(mention(thread_ts="1731640000.1")).conversation.thread == "1731640000.1"


@pytest.mark.parametrize(
    "payload",
    [
        mention(text="cancelall"),
        mention(bot_id="B1"),
        mention(user="UBOT"),
        mention(type="message"),
        mention(ts=None),
        mention(channel=7),
        mention(text=None),
        tap(user={"id": "UBOT", "team_id": "T1"}),
        tap(user={"name": "ann"}),
        tap(actions=[]),
        tap(actions=[{"value": "a"}, {"value": "b"}]),
        tap(actions=[{"value": ""}]),
        tap(actions=[{"value": 7}]),
        tap(channel=None),
        slash(team_id=None),
        slash(user_id=""),
        slash(channel_id=["C1"]),
        {"type": "view_submission"},
        {"type": "event_callback", "event_id": "Ev1"},
        {"type": "url_verification", "challenge": "x"},
        {},
    ],
)
def test_what_is_not_for_us_is_nothing(payload: dict[str, Any]) -> None:
    """Talk, bots, our own user, several actions at once and what lacks a field are nothing to us."""
    assert heard(payload) is None


def rich(*elements: dict[str, Any], kind: str = "rich_text_section") -> list[dict[str, Any]]:
    section = {"type": "rich_text_section", "elements": list(elements)}
    inner = [section] if kind == "rich_text_section" else [{"type": kind, "elements": [section]}]
    return [{"type": "rich_text", "elements": inner}]


def bold(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "style": {"bold": True}}


BOT: Final = {"type": "user", "user_id": "UBOT", "style": {"bold": True}}


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "*<@UBOT> orders BTC-USDT*"},
        {"text": "*<@UBOT>* orders *BTC-USDT*"},
        {"text": "_<@UBOT>_ `orders` ~BTC-USDT~"},
        {"text": "• <@UBOT> orders BTC-USDT"},
        {"text": "1. <@UBOT> orders BTC-USDT"},
        {"text": "&gt; <@UBOT> orders BTC-USDT"},
        {"text": "<@UBOT> <@UBOT|cancelall> orders BTC-USDT"},
        {"text": "orders BTC-USDT <@UBOT>"},
        {"text": "", "blocks": rich(BOT, bold(" orders BTC-USDT"))},
        {"text": "*<@UBOT> orders BTC-USDT*", "blocks": rich(BOT, bold(" orders BTC-USDT"))},
        {"text": "•", "blocks": rich(BOT, bold(" orders BTC-USDT"), kind="rich_text_list")},
        {"text": "", "blocks": rich(BOT, bold(" orders BTC-USDT"), kind="rich_text_quote")},
        {"text": "<@UBOT> orders BTC-USDT", "blocks": [{"type": "image"}]},
        {"text": "<@UBOT> orders BTC-USDT", "subtype": "thread_broadcast", "thread_ts": "1.1"},
    ],
    ids=repr,
)
def test_how_a_mention_is_set_says_nothing(fields: dict[str, Any]) -> None:
    """Bold, in a list, quoted, as blocks, said twice or behind the words: the same words are the same command."""
    said = words(mention(**fields))
    assert (said.text, said.doubt) == ("orders BTC-USDT", None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("please <@UBOT> cancelall ALL", "cancelall ALL"),
        ("<@U12> <@UBOT> cancelall ALL", "cancelall ALL"),
        ("do not <@UBOT> /cancelall ALL", "cancelall ALL"),
        ("ask <@UBOT> to look", "to look"),
        ("thanks <@UBOT>", ""),
    ],
)
def test_a_mention_inside_a_sentence_is_heard_and_not_run(text: str, meant: str) -> None:
    """What could mean something else is for us, and carries a doubt."""
    said = words(mention(text=text))
    assert (said.text, said.doubt) == (meant, Doubt.IN_A_SENTENCE)


def direct(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    fields = {"type": "message", "channel_type": "im", "channel": "D1", "text": "orders", **changes}
    return mention(**fields)


@pytest.mark.parametrize(
    ("text", "meant", "doubt"),
    [
        ("cancelall BTC-USDT buy", "cancelall BTC-USDT buy", None),
        (" /cancelall BTC-USDT", "cancelall BTC-USDT", None),
        ("*orders*", "orders", None),
        ("<@UBOT> status", "status", None),
        ("STOP", "STOP", None),
        ("hello", "hello", Doubt.NO_COMMAND),
        ("BTC-USDT buy", "BTC-USDT buy", Doubt.NO_COMMAND),
        ("", "", Doubt.NO_COMMAND),
    ],
)
def test_whatever_is_said_in_a_direct_message_is_for_us(text: str, meant: str, doubt: Doubt | None) -> None:
    """A direct message needs neither slash nor mention, and is a private conversation."""
    said = words(direct(text=text))
    assert (said.text, said.doubt) == (meant, doubt)
    assert said.conversation == Conversation(platform=Platform.SLACK, chat="D1", thread=None, private=True)
    assert not is_echo(direct(text=text))


def changed(now: str, before: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 as above
    message = {"user": "U11", "ts": "1.1", "team": "T1", "text": now, "edited": {"ts": "2.2"}, **more}
    return direct(
        subtype="message_changed", message=message, previous_message={**message, "text": before}, user=None
    )


def test_a_direct_message_that_is_edited_or_is_no_text_is_odd() -> None:
    """An edit is refused, and so are a picture and its caption."""
    for payload, kind in (
        (changed("orders", "ordres"), "edited"),
        (direct(subtype="file_share", files=[{"id": "F"}], text=""), "media"),
        (direct(subtype="file_share", files=[{"id": "F"}]), "caption"),
    ):
        found = heard(payload)
        assert isinstance(found, OddMessage)
        assert (found.kind, found.sender, found.conversation.chat) == (kind, ann(), "D1")
        assert not is_echo(payload)


@pytest.mark.parametrize(
    "payload",
    [
        direct(bot_id="B1", user="UBOT"),
        direct(subtype="bot_message", user=None, bot_id="B1"),
        direct(subtype="message_deleted"),
        direct(subtype="channel_join"),
        direct(channel_type="channel", channel="C1"),
        direct(user=None),
        changed("orders", "orders"),
        changed("a", "b", bot_id="B1"),
        changed("a", "b", user=None),
        direct(subtype="message_changed", message=None),
        direct(subtype="message_changed", message={"user": "U11", "text": "x"}),
    ],
    ids=repr,
)
def test_what_programs_say_in_a_direct_message_is_nothing(payload: dict[str, Any]) -> None:
    """Our own messages and their edits come back to us: they are not even taken into the inbox."""
    assert heard(payload) is None or payload["event"].get("user") is None
    assert is_echo(payload)


def test_who_taps_is_told_by_the_user_and_its_team() -> None:
    """The team of a tap is the user's, not the app's; a user without a team is nobody who could be listed."""
    assert pressed(tap()).identity == ann()
    assert pressed(tap(user={"id": "U11", "team_id": "T9"})).identity == ann("T9")
    assert pressed(tap(user={"id": "U11"})).identity == ann("?")
    assert pressed(tap()).token == "token"
    assert pressed(tap()).conversation == DESK


@pytest.mark.parametrize(
    ("fields", "team"),
    [
        ({"user_team": "T9"}, "T9"),
        ({"user_team": "T9", "team": "T1"}, "T9"),
        ({"team": "T9"}, "T9"),
        ({"team": None}, "T1"),
    ],
)
def test_who_mentions_is_told_by_the_users_team(fields: dict[str, Any], team: str) -> None:
    """In a shared channel a mention by somebody of another team is that team's."""
    assert words(mention(**fields)).identity == ann(team)
    assert words(slash(team_id=team)).identity == ann(team)


@pytest.mark.parametrize(
    ("stamp", "age"),
    [("1731640427.0", 20.0), ("1731640447.0", 0.0), ("1731640999.0", 0.0), ("soon", 0.0), (None, 0.0)],
)
def test_a_tap_is_as_old_as_slack_says(stamp: object, age: float) -> None:
    """A tap that Slack held back counts from when it was made, never from later than we had it."""
    action = {"action_id": "tap-0", "value": "token", "action_ts": stamp}
    assert (NOW - pressed(tap(actions=[action])).received_at).total_seconds() == age


def test_the_thread_of_a_tap_is_its_messages() -> None:
    """A card in a thread names it; a card that a thread hangs on is not in one."""
    assert pressed(tap(message={"ts": "2.2", "thread_ts": "1.1"})).conversation.thread == "1.1"
    assert pressed(tap(message={"ts": "2.2", "thread_ts": "2.2"})).conversation.thread is None
    assert pressed(tap(message=None)).conversation.thread is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"edited": {"ts": "1"}}, "edited"),
        ({"subtype": "file_share"}, "caption"),
        ({"files": [{"id": "F1"}]}, "caption"),
        ({"subtype": "me_message"}, "anonymous"),
    ],
)
def test_a_mention_that_is_no_new_text_is_odd(fields: dict[str, Any], kind: str) -> None:
    """A mention that was edited, stands under a file, or is another kind of message, is refused to its author."""
    found = heard(mention(**fields))
    assert isinstance(found, OddMessage)
    assert (found.kind, found.sender) == (kind, ann())


def test_a_mention_without_an_author_is_odd() -> None:
    """A mention of which Slack names no author is nobody's."""
    found = heard(mention(user=None))
    assert isinstance(found, OddMessage)
    assert (found.kind, found.sender) == ("anonymous", None)


def test_before_slack_has_told_our_id_any_first_mention_is_ours() -> None:
    """Slack sends mentions to whom they name, so one that comes before we know our id is heard."""
    assert isinstance(heard(mention(text="<@UANY> orders"), Us(team="T1", bot_user="")), Heard)
    assert heard(mention(text="<@UANY> orders")) is None


def test_a_direct_message_is_private() -> None:
    """A channel whose id begins with D is a conversation of one person with the bot."""
    assert words(slash(channel_id="D1")).conversation.private
    assert not words(slash(channel_id="G1")).conversation.private


def test_a_delivery_is_told_by_what_slack_keeps() -> None:
    """Retries of an event keep its event id, copies of a command or a tap their trigger id."""
    assert delivery_id(slash()) == "1.2.a"
    assert delivery_id(tap()) == "3.4.b"
    assert delivery_id(mention()) == "Ev1"
    assert delivery_id(mention({"event_context": "other", "event_time": 9})) == "Ev1"
    assert delivery_id(tap(trigger_id=None)) == "1731640447.5:U11"
    assert delivery_id(tap(trigger_id=None, actions=None)) is None
    assert delivery_id(mention({"event_id": 7})) is None


def test_people_are_named_as_the_configuration_wants_them() -> None:
    """`identify` gives the ids under the names that the configuration has for them."""
    assert identify(slash()) == '"ann" · slack = U11 · team T1 · channel C1'
    assert identify(tap()) == '"ann" · slack = U11 · team T1 · channel C1'
    assert identify({"type": "hello"}) is None


MAKERS: Final[tuple[Callable[..., dict[str, Any]], ...]] = (slash, mention, tap, direct)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("1e999"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A payload with fields that are missing or are something else, at its top and one level down."""
    payload: dict[str, Any] = draw(st.sampled_from(MAKERS))()
    below = [value for value in payload.values() if isinstance(value, dict)]
    below += [item for value in payload.values() if isinstance(value, list) for item in value]
    for place in (payload, *below):
        for key in list(place):
            match draw(st.sampled_from(["keep", "keep", "keep", "drop", "other"])):
                case "drop":
                    del place[key]
                case "other":
                    place[key] = draw(anything)
    return payload


@given(damaged() | st.dictionaries(st.sampled_from([*slash(), *tap(), "event", "event_id"]), anything))
def test_no_payload_breaks_the_reading(payload: dict[str, Any]) -> None:
    """Whatever a payload holds, its id is a text or none, and it is words, a tap, an oddity or nothing."""
    known = delivery_id(payload)
    assert known is None or known
    assert delivery_id(json.loads(json.dumps(payload))) == known
    found = heard(payload)
    if isinstance(found, Heard):
        team, _, user = found.what.identity.user.partition("/")
        assert team
        assert user
        assert isinstance(found.what, IncomingTap) or isinstance(found.what.text, str)

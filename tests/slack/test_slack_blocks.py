"""Messages on Slack: within Block Kit's limits, with the same facts, and nothing that calls or leads anywhere."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Action, Button, ButtonKind, Identity, Message, Platform, Style
from handlers.slack.blocks import MAX_LABEL, blocks, escape, fallback, mentioned
from scripts import card_refusals, card_reports, card_samples
from simulator.slack.blocks import problems
from simulator.slack.blockview import buttons, filled, on_screen
from simulator.slack.mrkdwn import Names, Rendered, render, unescape

LONGEST_UPDATE: Final = 4000
"""Slack docs, chat.update: characters of the text."""

NAMES: Final = Names(of=lambda _: None, id_of=lambda name: name)
"""Everybody exists, so that every mention counts."""

SAMPLES: Final = [
    *card_samples.lives(),
    *card_refusals.refused(),
    *card_refusals.taps(),
    *card_refusals.told(),
    *card_reports.pickers(),
    *card_reports.reports(),
]
"""Every message of the card kit."""

SIGNS: Final = (
    "< > & | ! @ # <!channel> <!here|here> <!everyone> <@U11> <#C1> &lt; <!subteam^S1> <https://evil.test|OK> "
    "http:// https://evil.test HTTPS://e.test mailto:a@b slack://x tel:1 @channel @ann * _ ~ ` ``` /status"
)
"""What means something in Slack's markup, or looks as if it did."""

pieces = st.sampled_from([*SIGNS.split(), "\n", " ", "x" * 90])
hostile = st.lists(pieces | st.text(max_size=12), max_size=60).map("".join)
lines = hostile.filter(str.strip).map(lambda text: text.replace("\n", " "))
labels = lines


def a_button(label: str, style: Style = Style.PLAIN) -> Button:
    return Button(label=label, action=Action(kind=ButtonKind.CHECK), style=style)


def tokens_of(message: Message) -> list[str]:
    return [f"token-{number}" for number, _ in enumerate(message.buttons)]


def shown(message: Message, mention: str | None = None) -> Rendered:
    """What a reader sees."""
    return on_screen(filled(blocks(message, tokens_of(message), mention), lambda: "id"), NAMES)


def strays(seen: Rendered, mention: str | None = None) -> list[str]:
    """Everything that calls somebody or can be clicked, but the one mention that is ours."""
    called = list(seen.mentions)
    if mention is not None:
        called.remove(mention)
    links = [link.url for link in seen.links]
    return [*called, *seen.usergroups, *seen.channel_calls, *seen.channels, *links]


def texts(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every text object outside the mention."""
    for block in found:
        yield from [block["text"]] if "text" in block else []
        yield from (each["text"] for each in block.get("elements", []) if each["type"] == "button")


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, _, message in SAMPLES])
def test_every_sample_is_a_message_that_slack_takes(name: str, message: Message) -> None:
    """Every message of the card kit fits Block Kit, says each of its lines, and notifies with the same words."""
    made = blocks(message, tokens_of(message), "U11")
    assert problems(made) == [], name
    seen = shown(message).plain.splitlines()
    wanted = [unescape(escape(line)) for line in (message.title, *message.lines) if line]
    assert [line for line in seen if line] == [part for line in wanted for part in line.splitlines()]
    said = fallback(message, "U11")
    assert len(said) <= LONGEST_UPDATE
    assert unescape(said) == "\n".join(["<@U11> " + unescape(escape(message.title)), *map(_typed, message.lines)])


def _typed(line: str) -> str:
    return unescape(escape(line))


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, _, message in SAMPLES])
def test_every_sample_has_one_button_a_row(name: str, message: Message) -> None:
    """Buttons stand one a row in the message's order, danger on the red ones alone, a token in each."""
    rows = [block for block in blocks(message, tokens_of(message), None) if block["type"] == "actions"]
    assert [len(row["elements"]) for row in rows] == [1] * len(message.buttons), name
    found = buttons(filled(rows, lambda: "id"))
    assert [button.label for button in found] == [_typed(button.label) for button in message.buttons]
    assert [button.value for button in found] == tokens_of(message)
    danger = [button.style == "danger" for button in found]
    assert danger == [button.style is Style.DANGER for button in message.buttons]
    assert not any(button.confirm or button.url for button in found)


@given(lines, st.lists(hostile, max_size=40), st.lists(labels, max_size=8), st.sampled_from([None, "U11"]))
def test_nothing_in_a_message_calls_or_leads_anywhere(
    title: str, rows: list[str], names: list[str], mention: str | None
) -> None:
    """Whatever its texts hold, Slack takes a message, and nothing in it is a mention, a call or a link."""
    message = Message(title=title, lines=tuple(rows), buttons=tuple(map(a_button, names)))
    made = blocks(message, tokens_of(message), mention)
    assert problems(made) == []
    assert {text["type"] for text in texts(made)} == {"plain_text"}
    assert strays(shown(message, mention), mention) == []
    said = fallback(message, mention)
    assert len(said) <= LONGEST_UPDATE
    assert strays(render(said, NAMES), mention) == []


@given(hostile)
def test_an_escaped_text_is_only_text(text: str) -> None:
    """An escaped text shows what it held, without a control sequence left in it."""
    assert "<" not in escape(text)
    assert ">" not in escape(text)
    assert strays(render(escape(text), NAMES, verbatim=True)) == []


@pytest.mark.parametrize("verb", ["orders", "status", "log", "whoami", "start", "help"])
def test_our_other_commands_are_sub_commands(verb: str) -> None:
    """Our other commands are shown as they are typed on Slack, everywhere in a message."""
    text = f"/{verb} lists, (/{verb}) too; and/{verb} /{verb}x //{verb} do not"
    wanted = f"/cancelall {verb} lists, (/cancelall {verb}) too; and/{verb} /{verb}x //{verb} do not"
    message = Message(title=text, lines=(text,), buttons=(a_button(f"See /{verb}"),))
    assert shown(message).plain == f"{wanted}\n{wanted}"
    assert fallback(message, None) == f"{wanted}\n{wanted}"
    found = buttons(filled(blocks(message, ["t"], None), lambda: "id"))
    assert [button.label for button in found] == [f"See /cancelall {verb}"]


def test_what_is_too_long_is_cut_and_says_so() -> None:
    """A message too long for Slack ends with a note that it was cut, and a long label fits its button."""
    message = Message(title="Orders", lines=("/status " * 20,) * 200, buttons=(a_button("/log " * 20),))
    assert problems(blocks(message, ["t"], None)) == []
    assert shown(message).plain.splitlines()[-1].startswith("… (cut")
    assert fallback(message, None).splitlines()[-1].startswith("… (cut")
    assert len(buttons(filled(blocks(message, ["t"], None), lambda: "id"))[0].label) == MAX_LABEL


def test_a_long_title_is_not_cut() -> None:
    """A title that is too long for a header stands above the lines, whole."""
    title = "Only Ann or Bo can confirm this. " * 8
    assert shown(Message(title=title.strip(), lines=("x",))).plain == f"{title.strip()}\nx"


def test_the_one_to_call_is_from_our_list() -> None:
    """Of the ids of a member the one on Slack is called, without its team; nobody where there is none."""
    there = Identity(platform=Platform.SLACK, user="T1/U11")
    elsewhere = Identity(platform=Platform.TELEGRAM, user="11")
    assert mentioned(Message(title="x", notify=(elsewhere, there))) == "U11"
    assert mentioned(Message(title="<@U12>", notify=(elsewhere,))) is None

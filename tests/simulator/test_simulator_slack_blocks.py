"""Block Kit is refused for Slack's reasons, and mrkdwn is read as a reader sees it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulator.slack import Channel, Link, SlackSimulator
from tests.simulator.simulator_slack_kit import Api, button, card, section, web_api


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator() as simulator:
        yield simulator


@pytest.fixture
def desk(sim: SlackSimulator) -> Channel:
    return sim.channel(id="C1", members=[sim.person(id="U11", name="Ann")])


@pytest.fixture
async def api(sim: SlackSimulator) -> AsyncIterator[Api]:
    async with web_api(sim) as client:
        yield client


def fields(count: int = 1, text: str = "x") -> dict[str, Any]:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text}] * count}


def actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def dialog(**more: str) -> dict[str, Any]:
    parts = {"title": "Sure?", "text": "14 orders", "confirm": "Yes", "deny": "No", **more}
    return {name: {"type": "plain_text", "text": text} for name, text in parts.items()}


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        (["text"], "must be an object [json-pointer:/blocks/0]"),
        ([{"type": "carousel"}], "unsupported type: carousel [json-pointer:/blocks/0/type]"),
        ([{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([section("x") | {"color": "red"}], "invalid additional property: color [json-pointer:/blocks/0]"),
        ([section("x") | {"block_id": "b" * 256}], "must be less than 256 characters"),
        ([section("x") | {"block_id": "b"}] * 2, "block_id already exists [json-pointer:/blocks/1/block_id]"),
        ([fields(11)], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        ([fields(text="x" * 2001)], "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
        ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "must be less than 151"),
        ([{"type": "context", "elements": []}], "no less than 1 items allowed"),
        ([actions(*[button(action_id=str(n)) for n in range(26)])], "no more than 25 items allowed"),
        ([actions(button(label="x" * 76))], "must be less than 76 characters"),
        ([actions(button(value="x" * 2001))], "must be less than 2001 characters"),
        ([actions(button(action_id="x" * 256))], "must be less than 256 characters"),
        ([actions(button(action_id="a"), button(action_id="a"))], "`action_id` a already exists"),
        ([actions(button(style="red"))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
        ([actions(button(disabled=True))], "invalid additional property: disabled"),
        ([actions({"type": "datepicker"})], "unsupported type: datepicker"),
        ([actions(button(confirm=dialog(confirm="x" * 31)))], "must be less than 31 characters"),
        ([actions(button(confirm={"title": "Sure?"}))], "missing required field: text"),
        ([actions(button() | {"text": {"type": "mrkdwn", "text": "x"}})], "unsupported type: mrkdwn"),
    ],
)
async def test_bad_blocks_are_refused(
    sim: SlackSimulator, desk: Channel, api: Api, blocks: list[Any], why: str
) -> None:
    """Each limit of Block Kit is kept and its culprit pointed at, in both places, and nothing is posted."""
    body = await api.call("chat.postMessage", channel="C1", text="x", blocks=blocks)
    assert body["error"] == "invalid_blocks"
    assert any(why in problem for problem in body["errors"])
    assert body["response_metadata"]["messages"] == [f"[ERROR] {problem}" for problem in body["errors"]]
    assert sim.messages(desk) == ()


async def test_blocks_up_to_the_limits_pass(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Fifty blocks with the longest texts, values and ids are posted, and ids left out are made up."""
    full = [
        section("x" * 3000) | {"accessory": button(url="https://x.test/", confirm=dialog())},
        fields(10, "y" * 2000),
        {"type": "context", "elements": [{"type": "plain_text", "text": "z", "emoji": True}]},
        actions(*[button(label=f"{n:075}", value="v" * 2000, action_id=f"{n:0255}") for n in range(25)]),
        {"type": "header", "text": {"type": "plain_text", "text": "h" * 150}},
        *[{"type": "divider"}] * 45,
    ]
    await api.post("x", blocks=full)
    (shown,) = sim.messages(desk)
    assert len(shown.buttons) == 26
    assert (shown.buttons[0].url, shown.buttons[0].confirm) == ("https://x.test/", True)
    assert all(each.action_id and each.block_id for each in shown.buttons)
    assert len({block["block_id"] for block in shown.blocks}) == 50


async def test_blocks_without_text_are_noted(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A card without fallback text is posted, and so is an action_id used in two blocks; both are noted."""
    twice = [actions(button(action_id="a")), actions(button("Keep", "k", action_id="a"))]
    await api.call("chat.postMessage", channel="C1", blocks=twice)
    assert [m.labels for m in sim.messages(desk)] == [("Cancel 14 orders", "Keep")]
    assert any("without text" in warning for warning in sim.warnings)
    assert any("action_id a" in warning for warning in sim.warnings)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _it_ ~gone~ `code` ```block```", "bold it gone code block"),
        ("snake_case_name 2*3*4 ~ x", "snake_case_name 2*3*4 ~ x"),
        ("a &lt;b&gt; &amp;amp; &nbsp;", "a <b> &amp; &nbsp;"),
        ("*hi <@U11>* <@U404> <@U404|bo>", "hi @Ann @U404 @bo"),
        ("<!here> <!subteam^S1> <!date^1^{date}|then>", "@here @S1 then"),
        ("<#C1> <#C404|old>", "#desk #old"),
        ("<https://x.test/?a=1&amp;b=2|log> <mailto:a@x.test>", "log mailto:a@x.test"),
        ("1 < 2 <b> <script>", "1 < 2 <b> <script>"),
    ],
)
async def test_mrkdwn_reads_as_on_screen(
    sim: SlackSimulator, desk: Channel, api: Api, text: str, shown: str
) -> None:
    """Marks vanish, references and sequences are resolved, and what means nothing stays."""
    await api.post(text)
    await api.post("x", blocks=[section(text)])
    assert [m.text for m in sim.messages(desk)] == [shown, shown]


async def test_calls_and_links_are_found(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Mentions, calls to everybody and links are listed, in blocks and in the fallback alike."""
    hidden = "<@U11> <!channel|x> <https://x.test/?a=1&amp;b=2|click> https://y.test"
    await api.post(hidden)
    await api.post("fine", blocks=[section(hidden)])
    await api.post(hidden, blocks=[section("fine")])
    await api.post("fine", blocks=[{"type": "context", "elements": [section(hidden)["text"]]}])
    for message in sim.messages(desk):
        assert message.mentions == ("U11",)
        assert message.channel_calls == ("channel",)
        assert set(message.links) == {
            Link("https://y.test", "https://y.test"),
            Link("https://x.test/?a=1&b=2", "click"),
        }


@pytest.mark.parametrize(
    "more",
    [
        {"text": "&lt;@U11&gt; &lt;!here&gt; &lt;x.test|y&gt;"},
        {"text": "<@U11> <!here>", "mrkdwn": False},
        {"text": "@ann @here"},
        {
            "text": "x",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "<@U11> <!here> https://x.test"}}
            ],
        },
        {"text": "x", "blocks": card(button(label="<@U11> <!here>", action_id="a"))},
    ],
)
async def test_escaped_text_calls_nobody(
    sim: SlackSimulator, desk: Channel, api: Api, more: dict[str, Any]
) -> None:
    """Escaped text, plain_text objects, mrkdwn switched off and bare names notify nobody."""
    await api.call("chat.postMessage", channel="C1", **more)
    (message,) = sim.messages(desk)
    assert (message.mentions, message.channel_calls, message.links) == ((), (), ())


async def test_link_names_makes_bare_names_call(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """With link_names, or parse=full, a bare @name notifies."""
    await api.post("@ann @here", link_names=True)
    await api.post("@ann @here", parse="full")
    assert [(m.mentions, m.channel_calls) for m in sim.messages(desk)] == [(("U11",), ("here",))] * 2

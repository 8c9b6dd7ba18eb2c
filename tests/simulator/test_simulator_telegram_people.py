"""The simulated people write, tap and leave as real ones do, and see what a phone would show."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Unpack

import httpx
import pytest

from simulator.telegram import Group, How, Message, Person, TelegramSimulator

TOKEN = "123:abc"
GROUP = -1001234567890
CARD = {
    "inline_keyboard": [
        [{"text": "Cancel 14 orders", "callback_data": "c:1", "style": "danger"}],
        [{"text": "Keep orders", "callback_data": "k:1"}],
        [{"text": "Docs", "url": "https://docs.test/"}],
    ]
}


class Clock:
    """Stands still until moved; unix seconds."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN, clock=clock) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: TelegramSimulator) -> Person:
    return sim.person(id=11, first_name="Ann", last_name="Lee", username="ann")


@pytest.fixture
def ops(sim: TelegramSimulator) -> Group:
    return sim.group(id=GROUP, title="Ops")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def post(api: httpx.AsyncClient, method: str, **params: object) -> dict[str, Any]:
    body: dict[str, Any] = (await api.post(method, json=params)).json()
    return body


async def newest(api: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await post(api, "getUpdates", offset=-1))["result"][-1])


async def card(sim: TelegramSimulator, api: httpx.AsyncClient, ops: Group) -> Message:
    await post(api, "sendMessage", chat_id=ops.id, text="Cancel 14?", reply_markup=CARD)
    return sim.messages(ops)[-1]


async def test_a_command_carries_its_entity(ann: Person, ops: Group, api: httpx.AsyncClient, clock: Clock) -> None:
    """A typed command is marked as bot_command, with offsets in UTF-16 units, and dated now."""
    ann.says(ops, "🛑 /cancelall@kill_switch_bot BTC-USDT-241115 and/or")
    message = (await newest(api))["message"]
    assert message["entities"] == [{"type": "bot_command", "offset": 3, "length": 26}]
    assert message["from"] == {
        "id": 11,
        "is_bot": False,
        "first_name": "Ann",
        "last_name": "Lee",
        "username": "ann",
        "language_code": "en",
    }
    assert message["chat"] == {"id": GROUP, "type": "supergroup", "title": "Ops"}
    assert message["date"] == int(clock.now)


async def test_a_private_chat_is_named_after_the_person(ann: Person, api: httpx.AsyncClient) -> None:
    """In private the chat has the person's id and names."""
    ann.says(ann, "/start")
    assert (await newest(api))["message"]["chat"] == {
        "id": 11,
        "type": "private",
        "first_name": "Ann",
        "last_name": "Lee",
        "username": "ann",
    }


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/orders", True),
        ("/orders@Kill_Switch_Bot", True),
        ("/orders@another_bot", False),
        ("hello @kill_switch_bot", True),
        ("hello", False),
    ],
)
async def test_privacy_mode(ann: Person, ops: Group, text: str, heard: bool) -> None:
    """In a group the bot hears commands, mentions and replies meant for it; all see the rest."""
    assert (ann.says(ops, text).update_id is not None) is heard


async def test_replies_to_the_bot_are_heard(
    sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient
) -> None:
    """A reply to the bot's message reaches it, with the message it answers."""
    shown = await card(sim, api, ops)
    assert ann.says(ops, "why?", reply_to=shown.id).update_id is not None
    assert (await newest(api))["message"]["reply_to_message"]["text"] == "Cancel 14?"


async def test_who_is_really_talking(
    sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient
) -> None:
    """Each indirect sender looks in the update as it looks in Telegram's."""
    bo = sim.person(id=12, first_name="Bo")
    robot = sim.person(id=13, first_name="Robot", username="robot_bot", is_bot=True)
    news = sim.channel(id=-1009, title="News")

    async def seen(**how: Unpack[How]) -> dict[str, Any]:
        ann.says(ops, "/cancelall", **how)
        return dict((await newest(api))["message"])

    forwarded = await seen(forwarded_from=bo.user)
    assert forwarded["forward_origin"]["sender_user"]["id"] == 12
    assert (await seen(via_bot=robot.user))["via_bot"]["id"] == 13
    anonymous = await seen(anonymous=True)
    assert (anonymous["from"]["id"], anonymous["sender_chat"]["id"]) == (1087968824, GROUP)
    channel = await seen(as_channel=news)
    assert (channel["from"]["id"], channel["sender_chat"]["id"]) == (136817688, -1009)
    linked = await seen(auto_forward=news)
    assert (linked["from"]["id"], linked["is_automatic_forward"]) == (777000, True)
    assert (await seen(extra={"sender_business_bot": robot.user.json()}))["sender_business_bot"]["id"] == 13
    robot.says(ops, "/cancelall")
    assert (await newest(api))["message"]["from"]["is_bot"] is True


async def test_channel_posts_have_no_sender(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """A post in a channel is a channel_post with sender_chat and without from."""
    ann.says(sim.channel(id=-1009, title="News"), "/cancelall")
    post_ = (await newest(api))["channel_post"]
    assert (post_["sender_chat"]["id"], "from" in post_) == (-1009, False)


async def test_edits_dates_and_pictures(ann: Person, ops: Group, api: httpx.AsyncClient) -> None:
    """An edit is an edited_message, a date is as given, a picture's text is its caption."""
    old = ann.says(ops, "hello", date=1000)
    ann.says(ops, "/cancelall", edits=old.id)
    edited = (await newest(api))["edited_message"]
    assert (edited["date"], edited["message_id"], "edit_date" in edited) == (1000, old.id, True)
    ann.says(ops, "/cancelall", photo=True)
    captioned = (await newest(api))["message"]
    assert (captioned["caption"], "text" in captioned) == ("/cancelall", False)
    assert captioned["caption_entities"][0]["type"] == "bot_command"
    ann.says(ann, photo=True)
    assert "caption" not in (await newest(api))["message"]
    with pytest.raises(LookupError):
        ann.says(ops, "/cancelall", edits=99)


async def test_bot_cannot_write_first(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """In private the bot may write only after the person did, until it is blocked."""
    before = await post(api, "sendMessage", chat_id=ann.id, text="hi")
    assert before["error_code"] == 403
    assert before["description"] == "Forbidden: bot can't initiate conversation with a user"
    ann.says(ann, "/start")
    assert (await post(api, "sendMessage", chat_id=ann.id, text="hi"))["ok"]
    ann.blocks_bot()
    assert (await newest(api))["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    blocked = await post(api, "sendMessage", chat_id=ann.id, text="hi")
    assert blocked["description"] == "Forbidden: bot was blocked by the user"
    ann.unblocks_bot()
    assert (await post(api, "sendMessage", chat_id=ann.id, text="hi"))["ok"]


async def test_bot_can_be_thrown_out(ann: Person, ops: Group, api: httpx.AsyncClient) -> None:
    """Out of the group the bot may not write and hears nothing; invited again it does."""
    ann.kicks_bot(ops)
    assert ann.says(ops, "/orders").update_id is None
    said = await post(api, "sendMessage", chat_id=ops.id, text="x")
    assert said["description"] == "Forbidden: bot was kicked from the supergroup chat"
    ann.invites_bot(ops)
    assert ann.says(ops, "/orders").update_id is not None


async def test_upgrade_to_supergroup(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """After an upgrade the old id is refused with the new one, and both chats carry the notice."""
    small = sim.group(id=-55, title="Ops")
    assert small.chat.type == "group"
    large = small.migrates(to=GROUP)
    old, new = (await post(api, "getUpdates"))["result"]
    assert (old["message"]["migrate_to_chat_id"], new["message"]["migrate_from_chat_id"]) == (
        GROUP,
        -55,
    )
    said = await post(api, "sendMessage", chat_id=-55, text="x")
    assert said["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert said["parameters"] == {"migrate_to_chat_id": GROUP}
    assert (await post(api, "sendMessage", chat_id=large.id, text="x"))["ok"]


async def test_forum_topics(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """A topic's messages carry its id both ways; General and unknown ids cannot be written to."""
    forum = sim.group(id=-1007, title="Desk", forum=True)
    thread = forum.topic("Alarms")
    said = ann.says(forum, "/orders", thread=thread)
    message = (await newest(api))["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (thread, True)
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "Alarms"
    sent = await post(
        api, "sendMessage", chat_id=forum.id, text="0 open", reply_parameters={"message_id": said.id}
    )
    assert sent["result"]["message_thread_id"] == thread
    for wrong in (1, 99):
        told = await post(api, "sendMessage", chat_id=forum.id, text="x", message_thread_id=wrong)
        assert told["description"] == "Bad Request: message thread not found"
    with pytest.raises(LookupError):
        ann.says(forum, "/orders", thread=99)


async def test_waiting_for_a_message(
    sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient
) -> None:
    """wait_for finds by text or predicate, skips what came before, and shows the chat when it fails."""
    shown = await card(sim, api, ops)
    assert (await sim.wait_for(ops, "14?")).id == shown.id
    has_button: Callable[[Message], bool] = lambda m: "Keep orders" in m.labels  # noqa: E731
    assert (await sim.wait_for(ops, has_button)).id == shown.id
    with pytest.raises(TimeoutError, match="Cancel 14"):
        await sim.wait_for(ops, "14?", timeout=0.01, after=shown.id)
    assert sim.messages(4242) == ()


async def test_transcript(sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient) -> None:
    """The transcript shows times, names, replies, edits, files and one button a row."""
    ann.says(ops, "/cancelall BTC-USDT-241115 buy long")
    shown = await card(sim, api, ops)
    form = {"chat_id": str(GROUP), "disable_notification": "true"}
    await api.post("sendDocument", data=form, files={"document": ("orders.csv", b"1,2")})
    await post(
        api,
        "editMessageText",
        chat_id=GROUP,
        message_id=shown.id,
        text="Cancel 13?",
        reply_markup=CARD,
    )
    reply = {"message_id": 1}
    await post(api, "sendMessage", chat_id=GROUP, text="✅ ZERO LEFT\nmain", reply_parameters=reply)
    assert sim.transcript(ops) == (
        "── Ops ───────────────────────────────────────\n"
        "\n"
        "22:13:20 · Ann Lee\n"
        "│ /cancelall BTC-USDT-241115 buy long\n"
        "\n"
        "22:13:20 · Kill switch · edited\n"
        "│ Cancel 13?\n"
        "  [ Cancel 14 orders ]\n"
        "  [ Keep orders ]\n"
        "  [ Docs ]\n"
        "\n"
        "22:13:20 · Kill switch · silent\n"
        "│ 📎 orders.csv (3 bytes)\n"
        "\n"
        "22:13:20 · Kill switch\n"
        "│ ┃ Ann Lee: /cancelall BTC-USDT-241115 buy…\n"
        "│ ✅ ZERO LEFT\n"
        "│ main\n"
    )
